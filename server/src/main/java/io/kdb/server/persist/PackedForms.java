package io.kdb.server.persist;

import io.kdb.server.store.Listpack;
import java.io.IOException;
import java.util.Arrays;

/**
 * The packed forms of small collections in a file, all turned into listpacks that are known to be sound: what older versions
 * wrote as ziplists and zipmaps. Stateless.
 */
final class PackedForms {
    private static final int ZIPLIST_HEADER = 10;
    private static final int ZIPLIST_END = 0xFF;
    private static final int LONG_PREVIOUS = 0xFE;
    private static final int UNKNOWN_COUNT = 0xFFFF;

    private PackedForms() {}

    /** A blob in an array of its own. */
    static byte[] blob(RdbInput in, NewValue target) throws IOException {
        in.readString(target.first);
        return target.first.toByteArray();
    }

    /** A listpack that is there. */
    static byte[] listpack(RdbInput in, NewValue target) throws IOException {
        byte[] bytes = blob(in, target);
        if (!Listpack.isValid(bytes, 0, bytes.length)) {
            throw in.error("a listpack that is not sound");
        }
        return bytes;
    }

    /** A ziplist, as a listpack. */
    static byte[] ziplist(RdbInput in, NewValue target) throws IOException {
        return fromZiplist(in, blob(in, target));
    }

    /** A ziplist that was read, as a listpack. */
    static byte[] fromZiplist(RdbInput in, byte[] zip) throws RdbException {
        if (zip.length < ZIPLIST_HEADER + 1
                || little(zip, 0, 4) != zip.length
                || (zip[zip.length - 1] & 0xFF) != ZIPLIST_END) {
            throw in.error("a ziplist that is not sound");
        }
        Growing out = new Growing(zip.length + 16);
        int end = zip.length - 1;
        int p = ZIPLIST_HEADER;
        int previous = 0;
        int last = ZIPLIST_HEADER;
        while (p < end) {
            last = p;
            boolean longPrevious = (zip[p] & 0xFF) == LONG_PREVIOUS;
            int q = p + (longPrevious ? 5 : 1);
            if (q >= end || (longPrevious ? little(zip, p + 1, 4) : zip[p] & 0xFF) != previous) {
                throw in.error("a ziplist that is not sound");
            }
            p = entry(in, zip, q, end, out);
            previous = p - last;
        }
        long count = little(zip, 8, 2);
        if (p != end || little(zip, 4, 4) != last || (count != UNKNOWN_COUNT && count != out.count)) {
            throw in.error("a ziplist that is not sound");
        }
        return out.listpack();
    }

    /** Copies one entry, from its encoding on; answers where it ends. */
    private static int entry(RdbInput in, byte[] zip, int at, int end, Growing out) throws RdbException {
        int b = zip[at] & 0xFF;
        int start = at + 1;
        long length;
        switch (b >> 6) {
            case 0 -> length = b & 0x3F;
            case 1 -> {
                length = (long) (b & 0x3F) << 8 | zip[at + 1] & 0xFF;
                start++;
            }
            case 2 -> {
                if (at + 5 > end) {
                    throw in.error("a ziplist that is not sound");
                }
                length = big(zip, at + 1);
                start += 4;
            }
            default -> {
                return number(in, zip, at, end, out);
            }
        }
        if (start + length > end) {
            throw in.error("a ziplist that is not sound");
        }
        out.add(zip, start, (int) length);
        return start + (int) length;
    }

    private static int number(RdbInput in, byte[] zip, int at, int end, Growing out) throws RdbException {
        int b = zip[at] & 0xFF;
        int bytes =
                switch (b) {
                    case 0xC0 -> 2;
                    case 0xD0 -> 4;
                    case 0xE0 -> 8;
                    case 0xF0 -> 3;
                    case 0xFE -> 1;
                    default -> b > 0xF0 && b < 0xFE ? 0 : -1;
                };
        if (bytes < 0 || at + 1 + bytes > end) {
            throw in.error("a ziplist that is not sound");
        }
        int unused = 64 - 8 * bytes;
        out.add(bytes == 0 ? (b & 0x0F) - 1 : little(zip, at + 1, bytes) << unused >> unused);
        return at + 1 + bytes;
    }

    /** A zipmap, as a listpack of fields and values. */
    static byte[] zipmap(RdbInput in, NewValue target) throws IOException {
        byte[] map = blob(in, target);
        Growing out = new Growing(map.length + 16);
        int end = map.length - 1;
        if (end < 1 || (map[end] & 0xFF) != 0xFF) {
            throw in.error("a zipmap that is not sound");
        }
        int p = 1;
        boolean value = false;
        while (p < end) {
            boolean isLong = (map[p] & 0xFF) == 0xFE;
            if ((map[p] & 0xFF) == 0xFF || (isLong && p + 5 > end)) {
                throw in.error("a zipmap that is not sound");
            }
            long length = isLong ? little(map, p + 1, 4) : map[p] & 0xFF;
            int start = p + (isLong ? 5 : 1);
            int free = value && start < end ? map[start] & 0xFF : 0;
            start += value ? 1 : 0;
            if (start + length + free > end) {
                throw in.error("a zipmap that is not sound");
            }
            out.add(map, start, (int) length);
            p = start + (int) length + free;
            value = !value;
        }
        if (value || p != end) {
            throw in.error("a zipmap that is not sound");
        }
        return out.listpack();
    }

    private static long little(byte[] a, int at, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << 8 | a[at + i] & 0xFF;
        }
        return value;
    }

    private static long big(byte[] a, int at) {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | a[at + i] & 0xFF;
        }
        return value;
    }

    /** A listpack that grows. */
    private static final class Growing {
        int count;
        private byte[] bytes;
        private int used = Listpack.HEADER_BYTES;

        Growing(int room) {
            bytes = new byte[Math.max(64, room)];
        }

        void add(byte[] from, int at, int length) {
            room(Listpack.bytesOf(from, at, length));
            used = Listpack.write(bytes, used, from, at, length);
            count++;
        }

        void add(long value) {
            room(Listpack.bytesOf(value));
            used = Listpack.write(bytes, used, value);
            count++;
        }

        private void room(int more) {
            if (used + more + 1 > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.addExact(bytes.length, Math.max(more, bytes.length / 2)));
            }
        }

        byte[] listpack() {
            Listpack.end(bytes, used);
            Listpack.header(bytes, 0, used + 1, count);
            return Arrays.copyOf(bytes, used + 1);
        }
    }
}
