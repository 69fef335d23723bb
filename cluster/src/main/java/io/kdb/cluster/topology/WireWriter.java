package io.kdb.cluster.topology;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes the fields of records and images, big-endian. Owner: the thread that encodes. */
public final class WireWriter {
    private byte[] bytes = new byte[128];
    private int size;

    public WireWriter u8(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
        return this;
    }

    public WireWriter bool(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** An enum constant by its place: the order of the constants is part of the format. */
    @SuppressWarnings("EnumOrdinal")
    public WireWriter choice(Enum<?> value) {
        return u8(value.ordinal());
    }

    public WireWriter u16(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("value: " + value + " (expected: 0-65535)");
        }
        ensure(2);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    public WireWriter i64(long value) {
        ensure(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    /** At most {@link WireReader#MAX_TEXT} bytes of UTF-8. */
    public WireWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > WireReader.MAX_TEXT) {
            throw new IllegalArgumentException(
                    "text: " + utf8.length + " bytes (expected: at most " + WireReader.MAX_TEXT + ")");
        }
        u16(utf8.length);
        ensure(utf8.length);
        System.arraycopy(utf8, 0, bytes, size, utf8.length);
        size += utf8.length;
        return this;
    }

    public WireWriter id(String id) {
        if (!NodeId.isValid(id)) {
            throw new IllegalArgumentException("id: " + id + " (expected: 40 hex digits)");
        }
        ensure(NodeId.LENGTH / 2);
        for (int i = 0; i < NodeId.LENGTH; i += 2) {
            bytes[size++] = (byte) ((Character.digit(id.charAt(i), 16) << 4) | Character.digit(id.charAt(i + 1), 16));
        }
        return this;
    }

    public WireWriter optionalId(String id) {
        bool(id != null);
        return id == null ? this : id(id);
    }

    public WireWriter ids(List<String> ids) {
        u16(ids.size());
        ids.forEach(this::id);
        return this;
    }

    public WireWriter slots(SlotSet slots) {
        List<SlotSet.Range> ranges = slots.ranges();
        u16(ranges.size());
        for (SlotSet.Range range : ranges) {
            u16(range.first()).u16(range.last());
        }
        return this;
    }

    WireWriter address(NodeAddress address) {
        return text(address.ip()).u16(address.port()).u16(address.busPort()).text(address.hostname());
    }

    WireWriter profile(NodeProfile profile) {
        return address(profile.address())
                .text(profile.host())
                .text(profile.zone())
                .text(profile.version())
                .u16(profile.weight())
                .bool(profile.noFailover());
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void ensure(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
