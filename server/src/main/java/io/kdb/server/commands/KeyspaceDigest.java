package io.kdb.server.commands;

import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * DEBUG DIGEST: one checksum of all keys, values and expiries, whatever their order, the same as Redis gives for the same
 * data. Owner: an exclusive section.
 *
 * <p>Note: a key's digest starts at zero and takes in key, type and value one after the other (xor with the SHA-1 of the
 * part, then SHA-1 of the whole); the databases' digest takes in each key's without order (xor with its SHA-1 only).
 */
final class KeyspaceDigest {
    private static final byte[] EXPIRES = "!!expire!!".getBytes(StandardCharsets.ISO_8859_1);

    private final Keyspace keyspace;
    private final MessageDigest sha1;
    private final byte[] all = new byte[20];

    KeyspaceDigest(Keyspace keyspace) {
        this.keyspace = keyspace;
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-1: missing (expected: in every JDK)", e);
        }
    }

    /** The checksum as 40 hexadecimal digits. */
    String hex() {
        for (int db = 0; db < keyspace.databaseCount(); db++) {
            if (keyspace.database(db).size() > 0) {
                mix(all, number(db));
                keyspace.database(db).forEach((table, ref) -> xor(all, digest(table, ref)));
            }
        }
        return HexFormat.of().formatHex(all);
    }

    private byte[] digest(KeyTable table, long ref) {
        byte[] digest = new byte[20];
        mix(digest, table.key(ref));
        mix(digest, number(table.type(ref)));
        mix(digest, table.value(ref));
        if (table.expireAt(ref) != KeyTable.NO_EXPIRY) {
            xor(digest, EXPIRES);
        }
        return digest;
    }

    private void mix(byte[] digest, byte[] part) {
        xor(digest, part);
        byte[] mixed = sha1.digest(digest);
        System.arraycopy(mixed, 0, digest, 0, digest.length);
    }

    private void xor(byte[] digest, byte[] part) {
        byte[] hash = sha1.digest(part);
        for (int i = 0; i < digest.length; i++) {
            digest[i] ^= hash[i];
        }
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }
}
