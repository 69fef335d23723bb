package io.kdb.server.log;

import java.util.Arrays;

/**
 * A run of the log's bytes with the place, slot and database of every effect that starts in it.
 * Owner: the collector that fills it, then the log's lock; readers read the bytes below {@link #end} without it.
 */
final class LogBlock {
    static final int SIZE = 64 * 1024 - 64;
    private static final int POSITION_BITS = 16;
    private static final int SLOT_BITS = 16;

    final byte[] bytes = new byte[SIZE];
    /** One word an entry: database, slot, position. */
    private long[] index = new long[32];

    private int entryCount;
    /** The log's offset of the byte at {@link #from}. */
    long startOffset;
    /** Where the valid bytes start: a piece written in place may leave the room of its MULTI unused. */
    int from;
    /** Where the valid bytes end; a byte below it never changes while anyone can see the block. */
    volatile int end;

    volatile LogBlock next;
    /** How many readers stand in this block. Guarded by the log. */
    int readerCount;

    void reset() {
        startOffset = 0;
        from = 0;
        end = 0;
        next = null;
        readerCount = 0;
        entryCount = 0;
    }

    int room() {
        return SIZE - end;
    }

    long endOffset() {
        return startOffset + (end - from);
    }

    /** Notes that an effect of this slot and database starts at this position. */
    void entry(int position, int slot, int db) {
        if (entryCount == index.length) {
            index = Arrays.copyOf(index, 2 * entryCount);
        }
        index[entryCount++] =
                ((long) db << (POSITION_BITS + SLOT_BITS)) | ((slot & 0xFFFFL) << POSITION_BITS) | position;
    }

    /** Takes over the other block's entries from {@code fromPosition} on, moved by {@code shift} bytes. */
    void entriesOf(LogBlock other, int fromPosition, int shift) {
        for (int i = 0; i < other.entryCount; i++) {
            long word = other.index[i];
            if (position(word) >= fromPosition) {
                entry(position(word) + shift, slot(word), db(word));
            }
        }
    }

    static int position(long word) {
        return (int) (word & 0xFFFF);
    }

    /** A slot, or one of {@link EffectsLog}'s negative marks. */
    static int slot(long word) {
        return (short) (word >> POSITION_BITS);
    }

    static int db(long word) {
        return (int) (word >> (POSITION_BITS + SLOT_BITS));
    }

    /** Copies the entries and the end as they are now; the log's lock must be held. */
    void copyTo(SlotReader.EntryList list) {
        if (list.words.length < entryCount) {
            list.words = new long[index.length];
        }
        System.arraycopy(index, 0, list.words, 0, entryCount);
        list.count = entryCount;
        list.end = end;
        list.hasNext = next != null;
    }

    long sizeBytes() {
        return SIZE + 8L * index.length + 64;
    }
}
