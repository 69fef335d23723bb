package io.kdb.cluster.topology;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the fields of records and images. A length that exceeds what is there is refused before anything is allocated
 * for it; every failure is a {@link MalformedRecord}. Owner: the thread that decodes.
 */
public final class WireReader {
    /** Longest text in bytes. */
    static final int MAX_TEXT = 1024;

    private final byte[] bytes;
    private int at;

    public WireReader(byte[] bytes) {
        this.bytes = bytes;
    }

    public int u8() {
        need(1);
        return bytes[at++] & 0xff;
    }

    public boolean bool() {
        int value = u8();
        if (value > 1) {
            throw malformed("flag: " + value + " (expected: 0 or 1)");
        }
        return value == 1;
    }

    public int u16() {
        need(2);
        return ((bytes[at++] & 0xff) << 8) | (bytes[at++] & 0xff);
    }

    public long i64() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = (value << 8) | (bytes[at++] & 0xff);
        }
        return value;
    }

    /** A number that is never negative: an epoch, a time, an offset. */
    public long u63() {
        long value = i64();
        if (value < 0) {
            throw malformed("number: " + value + " (expected: not negative)");
        }
        return value;
    }

    public String text() {
        int length = u16();
        if (length > MAX_TEXT) {
            throw malformed("text: " + length + " bytes (expected: at most " + MAX_TEXT + ")");
        }
        need(length);
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    public String id() {
        need(NodeId.LENGTH / 2);
        String id = NodeId.of(bytes, at);
        at += NodeId.LENGTH / 2;
        return id;
    }

    public String optionalId() {
        return bool() ? id() : null;
    }

    public List<String> ids() {
        int count = count(NodeId.LENGTH / 2);
        List<String> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(id());
        }
        return ids;
    }

    public SlotSet slots() {
        int count = count(4);
        SlotSet.Builder slots = new SlotSet.Builder();
        int lowest = 0;
        for (int i = 0; i < count; i++) {
            int first = u16();
            int last = u16();
            if (first < lowest || last < first || last >= Slot.COUNT) {
                throw malformed(
                        "slots: " + first + "-" + last + " (expected: ascending ranges below " + Slot.COUNT + ")");
            }
            slots.add(new SlotSet.Range(first, last));
            lowest = last + 1;
        }
        return slots.build();
    }

    public int slot() {
        int slot = u16();
        if (!Slot.isValid(slot)) {
            throw malformed("slot: " + slot + " (expected: below " + Slot.COUNT + ")");
        }
        return slot;
    }

    public <E> E oneOf(E[] values) {
        int ordinal = u8();
        if (ordinal >= values.length) {
            throw malformed("choice: " + ordinal + " (expected: below " + values.length + ")");
        }
        return values[ordinal];
    }

    NodeAddress address() {
        return new NodeAddress(text(), u16(), u16(), text());
    }

    NodeProfile profile() {
        NodeAddress address = address();
        String host = text();
        String zone = text();
        String version = text();
        int weight = u16();
        if (weight > NodeProfile.MAX_WEIGHT) {
            throw malformed("weight: " + weight + " (expected: at most " + NodeProfile.MAX_WEIGHT + ")");
        }
        return new NodeProfile(address, host, zone, version, weight, bool());
    }

    /** The number of elements that follow, each of at least {@code leastSize} bytes: refused when they cannot be there. */
    public int count(int leastSize) {
        int count = u16();
        if ((long) count * leastSize > bytes.length - at) {
            throw malformed("count: " + count + " (expected: at most " + (bytes.length - at) / leastSize + ")");
        }
        return count;
    }

    public void version(int expected) {
        int version = u8();
        if (version != expected) {
            throw malformed("version: " + version + " (expected: " + expected + ")");
        }
    }

    public void end() {
        if (at != bytes.length) {
            throw malformed("trailing bytes: " + (bytes.length - at) + " (expected: none)");
        }
    }

    public MalformedRecord malformed(String message) {
        return new MalformedRecord(message + " at byte " + at);
    }

    private void need(int length) {
        if (length > bytes.length - at) {
            throw malformed("bytes: " + (bytes.length - at) + " left (expected: " + length + ")");
        }
    }
}
