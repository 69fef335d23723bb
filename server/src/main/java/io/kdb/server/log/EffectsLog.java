package io.kdb.server.log;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The node's one log of effects: what every write did, as commands, in order, each byte at an offset.
 * Thread-safe: one short lock; appending never waits for a reader.
 *
 * <p>Note: nothing is encoded or kept until {@link #activate} (a lone node pays one volatile read a write). Activate
 * in an exclusive section only: a command that runs meanwhile would append half of its effects.
 *
 * <p>Note: offsets count the bytes ever appended. The byte that PSYNC calls n is the one between the offsets n-1 and n.
 *
 * <p>Note: a small piece never spans two blocks, it is copied whole or starts a new one; a large one is not copied, its
 * collector's blocks become the log's. Blocks are dropped from the old end once nobody stands in them or before them
 * and the backlog has its size without them, and are reused.
 */
public final class EffectsLog {
    /** The slot of an effect that concerns the whole keyspace, or of a standalone node's. */
    public static final int NO_SLOT = -1;
    /** The database of an effect that needs none selected. */
    public static final int NO_DB = -1;

    static final int SELECT_MARK = -2;
    static final int MULTI_MARK = -3;
    static final int EXEC_MARK = -4;
    /** Bytes of another node's log, which a replica does not look into. */
    static final int STREAM_MARK = -5;

    private static final int SPLICE_AT = LogBlock.SIZE / 4;
    private static final int POOLED_BLOCKS = 64;
    private static final int SELECT_ROOM = 64;
    private static final LogReader[] NO_READERS = {};

    private final RandomGenerator random;
    private long backlogSize;
    private volatile boolean active;
    private volatile long endOffset;
    private volatile ReplicationHistory history;
    private volatile LogReader[] readers = NO_READERS;
    private int selectedDb = NO_DB;
    private LogBlock head;
    private LogBlock tail;
    private LogBlock pool;
    private int pooledCount;
    private long idleSinceMs = -1;

    public EffectsLog(long backlogSize, RandomGenerator random) {
        this.backlogSize = backlogSize;
        this.random = random;
        this.history = ReplicationHistory.fresh(random);
    }

    /** Whether effects must be encoded and appended. One volatile read. */
    public boolean isActive() {
        return active;
    }

    /** Bytes appended so far (INFO's master_repl_offset). */
    public long endOffset() {
        return endOffset;
    }

    public ReplicationHistory history() {
        return history;
    }

    /**
     * Starts to keep effects if it does not yet. A node that had no log has no past that others could share, so its
     * replication id changes. Call it in an exclusive section.
     */
    public synchronized void activate() {
        if (!active) {
            history = ReplicationHistory.fresh(random);
            selectedDb = NO_DB;
            open();
        }
    }

    /** As {@link #activate}, but the bytes up to here stay known under the current ids (a replica, a loaded file). */
    public synchronized void activateKeepingHistory() {
        if (!active) {
            open();
        }
    }

    private void open() {
        tail = head = takeBlock();
        head.startOffset = endOffset;
        idleSinceMs = -1;
        active = true;
    }

    /** Drops all that is kept; every reader is lost. The ids stay as they are. */
    public synchronized void deactivate() {
        active = false;
        for (LogReader reader : readers) {
            reader.lose();
        }
        while (head != null && head.readerCount == 0) {
            dropHead();
        }
        head = null;
        tail = null;
    }

    /**
     * Drops the log, under a new replication id, when no reader was there for {@code ttlMs} (repl-backlog-ttl; 0 is
     * never). For a primary only: a replica keeps its log for the day it is promoted.
     */
    public synchronized boolean dropIfIdle(long nowMs, long ttlMs) {
        if (!active || readers.length > 0 || ttlMs == 0) {
            idleSinceMs = -1;
            return false;
        }
        if (idleSinceMs < 0) {
            idleSinceMs = nowMs;
        }
        if (nowMs - idleSinceMs < ttlMs) {
            return false;
        }
        history = ReplicationHistory.fresh(random);
        deactivate();
        return true;
    }

    /** The replica becomes a primary: a new id from here on, the old one stays valid up to here. */
    public synchronized void shiftId() {
        history = history.shifted(random, endOffset);
        selectedDb = NO_DB;
    }

    /** A new id with no past (DEBUG CHANGE-REPL-ID). */
    public synchronized void changeId() {
        history = ReplicationHistory.fresh(random);
    }

    /** The primary continues our stream under this id: it, and the name under which we asked, stay known. */
    public synchronized void continuesAs(String id) {
        String asked = history.nameAt(endOffset);
        history = id.equals(asked)
                ? new ReplicationHistory(id, ReplicationHistory.NO_ID, -1)
                : new ReplicationHistory(id, asked, endOffset + 1);
    }

    /**
     * Takes the place of another node's log at this offset (after a full sync, or from a loaded file): what was kept
     * is dropped, readers are lost. Call it in an exclusive section.
     *
     * @param db the database that the stream has selected there, or {@link #NO_DB}
     */
    public synchronized void adopt(ReplicationHistory newHistory, long offset, int db) {
        boolean wasActive = active;
        if (wasActive) {
            deactivate();
        }
        history = newHistory;
        endOffset = offset;
        if (wasActive) {
            open();
        }
        selectedDb = db;
    }

    /** The database that the next effect finds selected, or {@link #NO_DB}. */
    public synchronized int selectedDb() {
        return selectedDb;
    }

    /** Makes the next effect select its database again: a full sync starts here. Call it in an exclusive section. */
    public synchronized void reselect() {
        selectedDb = NO_DB;
    }

    public synchronized void backlogSize(long bytes) {
        backlogSize = bytes;
        trim();
    }

    public synchronized long backlogSize() {
        return backlogSize;
    }

    /** The offset before the oldest byte still kept. */
    public synchronized long startOffset() {
        return active ? head.startOffset : endOffset;
    }

    /** Bytes of memory taken by what is kept. */
    public synchronized long memoryBytes() {
        long bytes = 0;
        for (LogBlock block = head; block != null; block = block.next) {
            bytes += block.sizeBytes();
        }
        return bytes;
    }

    /**
     * A cursor at an offset, or null when the log does not have the bytes from there on.
     *
     * @param limitBytes how far it may fall behind before it is lost; never less than the backlog's size
     * @param wake what {@link #announce} runs for an armed reader; must be cheap and must not read in it
     */
    public synchronized LogReader openReader(long offset, long limitBytes, Runnable wake) {
        if (!active || offset < head.startOffset || offset > endOffset) {
            return null;
        }
        LogBlock block = head;
        while (offset > block.endOffset()) {
            block = block.next;
        }
        block.readerCount++;
        LogReader reader = new LogReader(this, block, offset, limitBytes, wake);
        LogReader[] more = Arrays.copyOf(readers, readers.length + 1);
        more[readers.length] = reader;
        readers = more;
        idleSinceMs = -1;
        return reader;
    }

    public int readerCount() {
        return readers.length;
    }

    /**
     * Wakes the readers that wait for bytes. Appending does not do it: the one who appended calls it after its locks
     * are released, once for all that a batch appended.
     */
    public void announce() {
        for (LogReader reader : readers) {
            reader.wakeIfArmed();
        }
    }

    /**
     * Appends a collector's piece, after a SELECT when its first database is not the selected one.
     *
     * @return whether the chain now belongs to the log
     */
    synchronized boolean append(LogBlock first, long length, int firstDb, int lastDb) {
        if (!active) {
            return false;
        }
        if (firstDb != NO_DB && firstDb != selectedDb) {
            select(firstDb);
        }
        if (lastDb != NO_DB) {
            selectedDb = lastDb;
        }
        if (first.next != null || length > SPLICE_AT) {
            splice(first, length);
            return true;
        }
        int size = (int) length;
        ensureRoom(size);
        int at = tail.end;
        tail.entriesOf(first, first.from, at - first.from);
        System.arraycopy(first.bytes, first.from, tail.bytes, at, size);
        publish(at + size);
        return false;
    }

    private void publish(int end) {
        long offset = endOffset + (end - tail.end);
        tail.end = end;
        endOffset = offset;
    }

    private void select(int db) {
        ensureRoom(SELECT_ROOM);
        tail.entry(tail.end, SELECT_MARK, db);
        publish(RespBytes.select(tail.bytes, tail.end, db));
    }

    private void splice(LogBlock first, long length) {
        long offset = endOffset;
        LogBlock last = first;
        for (LogBlock block = first; block != null; block = block.next) {
            block.startOffset = offset;
            offset += block.end - block.from;
            last = block;
        }
        assert offset == endOffset + length;
        tail.next = first;
        tail = last;
        endOffset = offset;
        afterGrowth();
    }

    private void ensureRoom(int size) {
        if (tail.room() < size) {
            LogBlock block = takeBlock();
            block.startOffset = endOffset;
            tail.next = block;
            tail = block;
            afterGrowth();
        }
    }

    private void afterGrowth() {
        for (LogReader reader : readers) {
            if (endOffset - reader.offset() > Math.max(reader.limitBytes(), backlogSize)) {
                reader.lose();
            }
        }
        trim();
    }

    private void trim() {
        while (head != tail
                && head.readerCount == 0
                && head.next != null
                && endOffset - head.next.startOffset >= backlogSize) {
            dropHead();
        }
    }

    private void dropHead() {
        LogBlock block = head;
        head = block.next;
        giveBlock(block);
    }

    synchronized LogBlock takeBlock() {
        LogBlock block = pool;
        if (block == null) {
            return new LogBlock();
        }
        pool = block.next;
        pooledCount--;
        block.next = null;
        return block;
    }

    synchronized void giveBlock(LogBlock block) {
        block.reset();
        if (pooledCount < POOLED_BLOCKS) {
            block.next = pool;
            pool = block;
            pooledCount++;
        }
    }

    /** Moves a reader from its block to the next one. */
    synchronized LogBlock moveOn(LogBlock block) {
        LogBlock next = block.next;
        next.readerCount++;
        block.readerCount--;
        trim();
        return next;
    }

    synchronized void entries(LogBlock block, SlotReader.EntryList list) {
        block.copyTo(list);
    }

    synchronized void remove(LogReader reader, LogBlock block) {
        block.readerCount--;
        LogReader[] before = readers;
        LogReader[] fewer = new LogReader[before.length - 1];
        int count = 0;
        for (LogReader other : before) {
            if (other != reader) {
                fewer[count++] = other;
            }
        }
        readers = fewer;
        if (active) {
            trim();
        }
    }
}
