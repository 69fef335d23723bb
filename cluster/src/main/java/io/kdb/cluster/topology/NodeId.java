package io.kdb.cluster.topology;

/** The 40 lower-case hex digits that name a node, a shard or a cluster. Stateless. */
public final class NodeId {
    public static final int LENGTH = 40;
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private NodeId() {}

    /** Whether this text can name a node at all; records refuse to encode anything else. */
    public static boolean isValid(String id) {
        if (id == null || id.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = id.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** The id made of these 20 bytes. */
    public static String of(byte[] bytes, int off) {
        char[] text = new char[LENGTH];
        for (int i = 0; i < LENGTH / 2; i++) {
            text[2 * i] = HEX[(bytes[off + i] >>> 4) & 15];
            text[2 * i + 1] = HEX[bytes[off + i] & 15];
        }
        return new String(text);
    }

    /**
     * A new id that follows from an id and a number: how the state machine, which may not roll dice, names the shard that
     * a node founds.
     */
    public static String derive(String id, long number) {
        byte[] bytes = new byte[LENGTH / 2];
        long state = hash(id) ^ mix(number);
        for (int i = 0; i < bytes.length; i++) {
            if ((i & 7) == 0) {
                state = mix(state + 0x9e3779b97f4a7c15L);
            }
            bytes[i] = (byte) (state >>> (8 * (i & 7)));
        }
        return of(bytes, 0);
    }

    /** A 64-bit hash of the text, the same on every JVM. */
    public static long hash(String id) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x100000001b3L;
        }
        return mix(h);
    }

    /** The finisher of SplitMix64 (Steele, Lea, Flood 2014). */
    public static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
