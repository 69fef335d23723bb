package io.kdb.cluster.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@link WireWriter} wrote; every length is checked against what is there before anything is allocated, and
 * anything odd is a {@link WireException}. Owner: the thread that made it.
 */
final class WireReader {
    private final ByteBuffer in;

    WireReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    int u8() {
        need(1);
        return in.get() & 0xff;
    }

    boolean flag() {
        return u8() != 0;
    }

    int i32() {
        need(4);
        return in.getInt();
    }

    long i64() {
        need(8);
        return in.getLong();
    }

    byte[] bytes() {
        int length = i32();
        if (length == -1) {
            return null;
        }
        need(length);
        byte[] value = new byte[length];
        in.get(value);
        return value;
    }

    String text() {
        byte[] value = bytes();
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    List<String> texts() {
        int count = count();
        List<String> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(text());
        }
        return List.copyOf(nonNull(values));
    }

    List<byte[]> blobs() {
        int count = count();
        List<byte[]> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(bytes());
        }
        return List.copyOf(nonNull(values));
    }

    GroupId group() {
        return flag() ? new GroupId(i32(), i32(), i64()) : null;
    }

    /** Throws unless everything was read. */
    void end() {
        if (in.hasRemaining()) {
            throw new WireException("left over: " + in.remaining() + " bytes (expected: none)");
        }
    }

    private int count() {
        int count = i32();
        // Each element takes at least its length field.
        if (count < 0 || count > in.remaining() / 4) {
            throw new WireException("count: " + count + " (expected: at most " + in.remaining() / 4 + ")");
        }
        return count;
    }

    private static <T> List<T> nonNull(List<T> values) {
        for (T value : values) {
            if (value == null) {
                throw new WireException("element: none (expected: bytes)");
            }
        }
        return values;
    }

    private void need(int count) {
        if (count < 0 || count > in.remaining()) {
            throw new WireException("length: " + count + " (expected: at most " + in.remaining() + ")");
        }
    }
}
