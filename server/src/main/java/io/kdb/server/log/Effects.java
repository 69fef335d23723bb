package io.kdb.server.log;

import io.kdb.resp.Arguments;
import java.util.Arrays;

/**
 * Collects the effects of one command, or of a whole EXEC, and appends them to the log as one piece.
 * Owner: one thread (an event loop, an expiry or eviction thread); it makes no garbage.
 *
 * <p>{@link #begin}, any number of effects, all of them under the locks of the keys concerned, then {@link #commit} while the locks of the keys are still held, or
 * {@link #rollback}. More than one effect is framed by MULTI and EXEC. After the locks are released, once a batch,
 * {@link #announce}.
 */
public final class Effects {
    private final EffectsLog log;
    private final boolean muted;
    /** Whether the log was active at the piece's first effect: half a piece is never appended. */
    private boolean collecting;

    private boolean decided;

    private LogBlock first;
    private LogBlock current;
    private int count;
    private int firstDb;
    private int lastDb;
    private int argumentsLeft;

    public Effects(EffectsLog log) {
        this(log, false);
    }

    private Effects(EffectsLog log, boolean muted) {
        this.log = log;
        this.muted = muted;
    }

    /** Effects that are never kept: of commands whose bytes the log gets in another way. */
    public static Effects muted(EffectsLog log) {
        return new Effects(log, true);
    }

    /** Starts a piece; one that was neither committed nor rolled back is forgotten. */
    public void begin() {
        rollback();
    }

    /** Whether effects are kept at all. What follows does nothing when they are not, but this saves preparing them. */
    public boolean wanted() {
        return decided ? collecting : isHeard();
    }

    private boolean isHeard() {
        return !muted && log.isActive();
    }

    /** Effects added since {@link #begin}; 0 when they are not wanted. */
    public int count() {
        return count;
    }

    /** Adds a command made of these arguments. The array of arguments is garbage: see {@link #start}. */
    public void add(int db, int slot, byte[]... arguments) {
        start(db, slot, arguments.length);
        for (byte[] argument : arguments) {
            argument(argument, 0, argument.length);
        }
    }

    /** Adds the command as it came. */
    public void add(int db, int slot, Arguments arguments) {
        start(db, slot, arguments.count());
        for (int i = 0; i < arguments.count(); i++) {
            argument(arguments, i);
        }
    }

    /** Starts a command of so many arguments, name included; exactly as many {@code argument} calls must follow. */
    public Effects start(int db, int slot, int argumentCount) {
        if (!decided) {
            decided = true;
            collecting = isHeard();
        }
        if (!collecting) {
            return this;
        }
        assert argumentsLeft == 0 : argumentsLeft;
        if (first == null) {
            first = log.takeBlock();
        }
        if (count == 0) {
            current = first;
            first.from = RespBytes.MULTI.length;
            first.entry(0, EffectsLog.MULTI_MARK, EffectsLog.NO_DB);
            System.arraycopy(RespBytes.MULTI, 0, first.bytes, 0, RespBytes.MULTI.length);
            first.end = RespBytes.MULTI.length;
            firstDb = lastDb = EffectsLog.NO_DB;
        }
        if (db != EffectsLog.NO_DB && db != lastDb) {
            if (lastDb == EffectsLog.NO_DB) {
                firstDb = db;
            } else {
                LogBlock block = room(2 * RespBytes.NUMBER_ROOM);
                block.entry(block.end, EffectsLog.SELECT_MARK, db);
                block.end = RespBytes.select(block.bytes, block.end, db);
            }
            lastDb = db;
        }
        LogBlock block = room(RespBytes.NUMBER_ROOM);
        block.entry(block.end, slot, db);
        block.end = RespBytes.header(block.bytes, block.end, '*', argumentCount);
        argumentsLeft = argumentCount;
        count++;
        return this;
    }

    public Effects argument(byte[] bytes) {
        return argument(bytes, 0, bytes.length);
    }

    public Effects argument(byte[] bytes, int from, int length) {
        if (collecting) {
            argumentHeader(length);
            write(bytes, from, length);
            argumentEnd();
        }
        return this;
    }

    /** One of a command's own arguments. */
    public Effects argument(Arguments arguments, int i) {
        if (!collecting) {
            return this;
        }
        byte[][] pieces = arguments.pieces(i);
        if (pieces == null) {
            return argument(arguments.array(i), arguments.offset(i), arguments.length(i));
        }
        argumentHeader(arguments.length(i));
        for (byte[] piece : pieces) {
            write(piece, 0, piece.length);
        }
        argumentEnd();
        return this;
    }

    /** An argument that is a number in decimal. */
    public Effects argument(long number) {
        if (collecting) {
            argumentHeader(RespBytes.digits(number));
            LogBlock block = room(RespBytes.NUMBER_ROOM);
            block.end = RespBytes.number(block.bytes, block.end, number);
            argumentEnd();
        }
        return this;
    }

    /** An argument in pieces: its length, then {@link #append} for so many bytes, then {@link #argumentEnd}. */
    public void argumentHeader(int length) {
        if (collecting) {
            LogBlock block = room(RespBytes.NUMBER_ROOM);
            block.end = RespBytes.header(block.bytes, block.end, '$', length);
        }
    }

    public void append(byte[] bytes, int from, int length) {
        if (collecting) {
            write(bytes, from, length);
        }
    }

    public void argumentEnd() {
        if (collecting) {
            assert argumentsLeft > 0;
            argumentsLeft--;
            LogBlock block = room(2);
            block.end = RespBytes.crlf(block.bytes, block.end);
        }
    }

    /**
     * Appends the piece, if there is one. The locks that order it must be held.
     *
     * @return the log's offset that includes it (what WAIT waits for)
     */
    public long commit() {
        assert argumentsLeft == 0 : argumentsLeft;
        if (count == 0) {
            return log.endOffset();
        }
        if (count > 1) {
            LogBlock block = room(RespBytes.EXEC.length);
            block.entry(block.end, EffectsLog.EXEC_MARK, EffectsLog.NO_DB);
            write(RespBytes.EXEC, 0, RespBytes.EXEC.length);
            first.from = 0;
        }
        long length = 0;
        for (LogBlock block = first; block != null; block = block.next) {
            length += block.end - block.from;
        }
        if (log.append(first, length, firstDb, lastDb)) {
            first = null;
            current = null;
        }
        rollback();
        return log.endOffset();
    }

    /** Forgets the piece. */
    public void rollback() {
        if (first != null) {
            for (LogBlock block = first.next; block != null; ) {
                LogBlock next = block.next;
                log.giveBlock(block);
                block = next;
            }
            first.reset();
        }
        count = 0;
        argumentsLeft = 0;
        collecting = false;
        decided = false;
    }

    /** Wakes the log's readers; call it with no lock held, once for a batch of pieces. */
    public void announce() {
        if (log.isActive()) {
            log.announce();
        }
    }

    private LogBlock room(int bytes) {
        if (current.room() < bytes) {
            LogBlock block = log.takeBlock();
            current.next = block;
            current = block;
        }
        return current;
    }

    private void write(byte[] bytes, int from, int length) {
        for (int done = 0; done < length; ) {
            LogBlock block = room(1);
            int size = Math.min(length - done, block.room());
            System.arraycopy(bytes, from + done, block.bytes, block.end, size);
            int end = block.end + size;
            block.end = end;
            done += size;
        }
    }

    @Override
    public String toString() {
        return "Effects[count=" + count + ", collecting=" + collecting + ", databases="
                + Arrays.toString(new int[] {firstDb, lastDb}) + "]";
    }
}
