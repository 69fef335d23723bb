package io.kdb.server.commands;

import io.kdb.resp.Doubles;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.StreamCursor;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * DEBUG DIGEST: one checksum of all keys, values and expiries, whatever their order, the same as Redis gives for the same
 * data. Owner: an exclusive section.
 *
 * <p>Note: a key's digest starts at zero and takes in key, type and value one after the other (xor with the SHA-1 of the
 * part, then SHA-1 of the whole); the databases' digest takes in each key's without order (xor with its SHA-1 only), and so
 * does a value's with its elements where they have no order.
 */
final class KeyspaceDigest {
    private static final byte[] FIELD_EXPIRES = "!!hexpire!!".getBytes(StandardCharsets.ISO_8859_1);
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
        mixValue(digest, table, ref);
        return digest;
    }

    /** The checksum of one value, without its key's name, as 40 hexadecimal digits. */
    String valueHex(KeyTable table, long ref) {
        byte[] digest = new byte[20];
        mixValue(digest, table, ref);
        return HexFormat.of().formatHex(digest);
    }

    private void mixValue(byte[] digest, KeyTable table, long ref) {
        mix(digest, number(table.type(ref)));
        switch (table.type(ref)) {
            case ValueType.HASH -> mixHash(digest, opened(new HashValue(), table, ref));
            case ValueType.SET -> mixSet(digest, opened(new SetValue(), table, ref));
            case ValueType.STREAM -> mixStream(digest, opened(new StreamValue(), table, ref));
            case ValueType.ZSET -> mixSortedSet(digest, opened(new SortedSetValue(), table, ref));
            case ValueType.LIST -> mixList(digest, opened(new ListValue(), table, ref));
            default -> mix(digest, table.value(ref));
        }
        if (table.expireAt(ref) != KeyTable.NO_EXPIRY) {
            xor(digest, EXPIRES);
        }
    }

    private static <V extends CollectionValue> V opened(V value, KeyTable table, long ref) {
        value.open(table, ref, table.hash(ref), null);
        return value;
    }

    private void mixHash(byte[] digest, HashValue hash) {
        for (boolean more = hash.first(); more; more = hash.next()) {
            byte[] pair = new byte[20];
            mix(pair, hash.field().copy());
            mix(pair, hash.value().copy());
            if (hash.expireAt() != HashValue.NO_EXPIRY) {
                xor(pair, FIELD_EXPIRES);
            }
            xor(digest, pair);
        }
    }

    private void mixList(byte[] digest, ListValue list) {
        for (boolean more = list.seek(0); more; more = list.forward()) {
            mix(digest, list.element().copy());
        }
    }

    private void mixSet(byte[] digest, SetValue set) {
        for (boolean more = set.first(); more; more = set.next()) {
            xor(digest, set.element().copy());
        }
    }

    private void mixStream(byte[] digest, StreamValue stream) {
        StreamCursor entries = stream.range(new StreamId(), new StreamId(-1, -1), false);
        while (entries.next()) {
            mix(digest, entries.id().toString().replace('-', '.').getBytes(StandardCharsets.ISO_8859_1));
            entries.forEach(part -> mix(digest, part.copy()));
        }
    }

    private void mixSortedSet(byte[] digest, SortedSetValue set) {
        byte[] score = new byte[Doubles.MAX_CHARS];
        for (boolean more = set.first(); more; more = set.next()) {
            byte[] pair = new byte[20];
            mix(pair, set.element().copy());
            mix(pair, Arrays.copyOf(score, Doubles.write(set.scoreHere(), score, 0)));
            xor(digest, pair);
        }
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
