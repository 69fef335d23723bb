package io.kdb.cluster.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Builds a message field by field, big-endian, in the order {@link WireReader} reads it. Owner: the thread that made it. */
final class WireWriter {
    private byte[] bytes = new byte[128];
    private int length;

    WireWriter u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    WireWriter flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    WireWriter i32(int value) {
        room(4);
        ByteBuffer.wrap(bytes).putInt(length, value);
        length += 4;
        return this;
    }

    WireWriter i64(long value) {
        room(8);
        ByteBuffer.wrap(bytes).putLong(length, value);
        length += 8;
        return this;
    }

    /** A byte string, or null. */
    WireWriter bytes(byte[] value) {
        if (value == null) {
            return i32(-1);
        }
        i32(value.length);
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /** A string, or null. */
    WireWriter text(String value) {
        return bytes(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter texts(List<String> values) {
        i32(values.size());
        values.forEach(this::text);
        return this;
    }

    WireWriter blobs(List<byte[]> values) {
        i32(values.size());
        values.forEach(this::bytes);
        return this;
    }

    /** A group id, or null. */
    WireWriter group(GroupId id) {
        flag(id != null);
        return id == null ? this : i32(id.generation()).i32(id.attempt()).i64(id.random());
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, count)));
        }
    }
}
