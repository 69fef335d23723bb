package io.kdb.server.log;

import java.util.function.IntPredicate;

/**
 * A cursor that sees only some slots' effects, found by the log's side information, without parsing.
 * Owner: one thread, as its {@link LogReader}'s, which must have been opened at the end of a piece.
 */
public final class SlotReader implements AutoCloseable {
    /** Takes effects. Arrays are the log's and must not be kept or changed. */
    public interface Sink {
        /** Several effects that belong together start or have ended; framed only where at least one of them passed. */
        void transaction(boolean starts);

        /** An effect starts. Its slot is {@link EffectsLog#NO_SLOT} when it concerns the whole keyspace. */
        void effect(int slot, int db);

        /** Bytes of the effect started last. */
        void bytes(byte[] bytes, int from, int length);
    }

    private final EffectsLog log;
    private final LogReader reader;
    private final IntPredicate slots;
    private final EntryList entries = new EntryList();
    private boolean passing;
    private boolean framePending;
    private boolean framed;

    /** Entries of one block as they were under the log's lock. */
    static final class EntryList {
        long[] words = new long[64];
        int count;
        int end;
        boolean hasNext;
    }

    public SlotReader(EffectsLog log, LogReader reader, IntPredicate slots) {
        this.log = log;
        this.reader = reader;
        this.slots = slots;
    }

    public LogReader reader() {
        return reader;
    }

    /**
     * Hands on the effects of its slots, and those of no slot, that the log holds now, up to about {@code maxBytes}
     * of the log looked at.
     *
     * @return bytes of the log passed over; 0 when there are no more now
     */
    public long read(Sink sink, long maxBytes) {
        if (reader.lost()) {
            return 0;
        }
        long passed = 0;
        do {
            log.entries(reader.block(), entries);
            int position = reader.position();
            int entry = 0;
            while (entry < entries.count && LogBlock.position(entries.words[entry]) < position) {
                entry++;
            }
            passed += entries.end - position;
            while (position < entries.end) {
                if (entry < entries.count && LogBlock.position(entries.words[entry]) == position) {
                    start(sink, LogBlock.slot(entries.words[entry]), LogBlock.db(entries.words[entry]));
                    entry++;
                }
                int until = entry < entries.count
                        ? Math.min(entries.end, LogBlock.position(entries.words[entry]))
                        : entries.end;
                if (passing) {
                    sink.bytes(reader.block().bytes, position, until - position);
                }
                position = until;
            }
            reader.moveTo(position);
        } while (entries.hasNext && reader.nextBlock() && passed < maxBytes);
        return passed;
    }

    private void start(Sink sink, int slot, int db) {
        passing = false;
        switch (slot) {
            case EffectsLog.SELECT_MARK -> {}
            case EffectsLog.STREAM_MARK ->
                throw new IllegalStateException("slot reader: a replica's log (expected: a primary's)");
            case EffectsLog.MULTI_MARK -> framePending = true;
            case EffectsLog.EXEC_MARK -> {
                if (framed) {
                    sink.transaction(false);
                }
                framed = false;
                framePending = false;
            }
            default -> {
                passing = slot == EffectsLog.NO_SLOT || slots.test(slot);
                if (passing && framePending) {
                    framePending = false;
                    framed = true;
                    sink.transaction(true);
                }
                if (passing) {
                    sink.effect(slot, db);
                }
            }
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
