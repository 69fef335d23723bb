package io.kdb.tools.bench;

import io.kdb.resp.RequestEncoder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** GETs and SETs over keys named as redis-benchmark names them. Owner: one generator. */
final class KeyLoad implements Load {
    /** Which commands. */
    enum Kind {
        GET,
        SET,
        /** One SET in ten. */
        MIXED
    }

    private static final int KEY_DIGITS = 12;
    private static final int SET_EVERY = 10;

    private final Kind kind;
    private final long keys;
    private final boolean inOrder;
    private final SplittableRandom random;
    private final byte[] get;
    private final byte[] set;
    private final int keyEnd;
    private final int setKeyEnd;
    private long next;

    /** Random keys out of {@code keys}, or with {@code inOrder} each in turn; values of {@code valueBytes}. */
    KeyLoad(Kind kind, long keys, int valueBytes, boolean inOrder, long seed) {
        this.kind = kind;
        this.keys = keys;
        this.inOrder = inOrder;
        this.random = new SplittableRandom(seed);
        String key = "key:" + "0".repeat(KEY_DIGITS);
        this.get = RequestEncoder.encode("GET", key);
        this.set = RequestEncoder.encode("SET", key, "x".repeat(valueBytes));
        this.keyEnd = endOf(get, key);
        this.setKeyEnd = endOf(set, key);
    }

    @Override
    public byte[] next() {
        long number = next++;
        long key = inOrder ? number % keys : random.nextLong(keys);
        boolean write = kind == Kind.SET || (kind == Kind.MIXED && number % SET_EVERY == 0);
        byte[] request = write ? set : get;
        int at = write ? setKeyEnd : keyEnd;
        for (int i = 1; i <= KEY_DIGITS; i++) {
            request[at - i] = (byte) ('0' + key % 10);
            key /= 10;
        }
        return request;
    }

    private static int endOf(byte[] request, String key) {
        return new String(request, StandardCharsets.ISO_8859_1).indexOf(key) + key.length();
    }
}
