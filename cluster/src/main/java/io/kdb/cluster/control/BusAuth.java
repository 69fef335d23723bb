package io.kdb.cluster.control;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proof of the shared secret by challenge and response, in both directions; the caller proves first, so that nobody gets
 * a proof to guess at without knowing the secret. Immutable.
 */
final class BusAuth {
    static final int NONCE_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;

    /** @param secret the shared secret, or null when there is none */
    BusAuth(String secret) {
        this.secret = secret == null || secret.isEmpty() ? null : secret.getBytes(StandardCharsets.UTF_8);
    }

    boolean required() {
        return secret != null;
    }

    static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    /** One side's proof over both nonces and its own identity; empty when there is no secret. */
    byte[] proof(String side, byte[] callerNonce, byte[] calledNonce, String nodeId, String clusterId) {
        if (secret == null) {
            return new byte[0];
        }
        byte[] text = new WireWriter()
                .text(side)
                .bytes(callerNonce)
                .bytes(calledNonce)
                .text(nodeId)
                .text(clusterId)
                .toBytes();
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is missing from this Java", e);
        }
    }

    static boolean same(byte[] a, byte[] b) {
        return a != null && b != null && MessageDigest.isEqual(a, b);
    }
}
