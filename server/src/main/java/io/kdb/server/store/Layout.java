package io.kdb.server.store;

/**
 * How a record lies, in one block: header, [expiry], [key length], key, value, [slack]. Stateless; whoever calls holds
 * the segment's lock.
 *
 * <pre>
 * header  0-14 the allocator's | 15 expiry | 16-18 type | 19 value is a tree's descriptor | 20-23 encoding | 24 slack | 25 value is a chain
 *         26 key length follows | 27 key is a chain | 28-31 snapshot marks | 32-55 LRU clock or LFU counter | 56-63 key length
 * expiry  8 bytes, milliseconds since 1970, only when bit 15 is set
 * key     its length is in the header below 256, in 4 bytes before it above, and a {@link Chains} handle from 4 KiB on
 * value   bytes, or a Chains handle when key and value would not fit into a block
 * slack   unused bytes at the end: the last one counts them below 128, else it is 0x80 and the 4 before it count
 * </pre>
 */
final class Layout {
    static final long EXPIRY = 1L << 15;
    /** The value is the descriptor of the trees that hold a large collection; see {@link CollectionValue}. */
    static final long TREE = 1L << 19;

    /** {@link #TREE} as a bit above a type's. */
    static final int TREE_TYPE = 8;

    static final long SLACK = 1L << 24;
    static final long CHAINED = 1L << 25;
    static final long LONG_KEY = 1L << 26;
    static final long CHAINED_KEY = 1L << 27;
    static final int TYPE_SHIFT = 16;
    static final int TYPE_MASK = 7;
    static final int ENCODING_SHIFT = 20;
    static final int MARK_SHIFT = 28;
    static final long MARKS = 0xFL << MARK_SHIFT;
    static final int LRU_SHIFT = 32;
    static final long LRU = 0xFFFFFFL << LRU_SHIFT;
    static final int KEY_SHIFT = 56;
    /** Keys from this length on are chains. */
    static final int CHAINED_KEY_LENGTH = 4096;

    private Layout() {}

    /** Bytes before the key. */
    static int keyStart(long header) {
        return 8 + (int) (header >>> 15 & 1) * 8 + (int) (header >>> 26 & 1) * 4;
    }

    /** Bytes that the key takes in the record: a chained one those of its handle. */
    static int keyBytes(long header, byte[] page, int at) {
        if ((header & (LONG_KEY | CHAINED_KEY)) == 0) {
            return (int) (header >>> KEY_SHIFT);
        }
        if ((header & CHAINED_KEY) != 0) {
            return Chains.HANDLE_BYTES;
        }
        return Bytes.getInt(page, at + 8 + (int) (header >>> 15 & 1) * 8);
    }

    static int blockBytes(long header) {
        return ((int) header & BlockAllocator.SIZE_MASK) << PagePool.GRANULE_SHIFT;
    }

    static int slack(long header, byte[] page, int at) {
        if ((header & SLACK) == 0) {
            return 0;
        }
        int last = at + blockBytes(header) - 1;
        return page[last] >= 0 ? page[last] : Bytes.getInt(page, last - 4);
    }

    /** Notes that so many bytes of the block are unused; answers the header, which the caller stores. */
    static long withSlack(long header, byte[] page, int at, int slack) {
        if (slack == 0) {
            return header & ~SLACK;
        }
        int last = at + blockBytes(header) - 1;
        if (slack < 128) {
            page[last] = (byte) slack;
        } else {
            page[last] = (byte) 0x80;
            Bytes.putInt(page, last - 4, slack);
        }
        return header | SLACK;
    }

    static long headerOfKey(int keyLength) {
        if (keyLength < 256) {
            return (long) keyLength << KEY_SHIFT;
        }
        return keyLength < CHAINED_KEY_LENGTH ? LONG_KEY : CHAINED_KEY;
    }

    static long expireAt(long header, byte[] page, int at) {
        return (header & EXPIRY) == 0 ? KeyTable.NO_EXPIRY : Bytes.getLong(page, at + 8);
    }
}
