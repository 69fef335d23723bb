package io.kdb.server.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A cursor in the log. Owner: one thread at a time, the reader's; the log only marks it lost or wakes it.
 *
 * <p>Note: the blocks from its place on stay until it reads on or is closed, also when it is lost: nobody else takes
 * bytes away under it. A lost reader is woken at once and must be closed.
 */
public final class LogReader implements AutoCloseable {
    private static final VarHandle ARMED;

    static {
        try {
            ARMED = MethodHandles.lookup().findVarHandle(LogReader.class, "armed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Takes bytes; the array is the log's and must not be kept or changed. */
    public interface Sink {
        void accept(byte[] bytes, int from, int length);
    }

    private final EffectsLog log;
    private final Runnable wake;
    private LogBlock block;
    private int position;
    private long place;
    private boolean closed;
    private volatile long offset;
    private volatile long limitBytes;
    private volatile boolean lost;

    @SuppressWarnings("unused") // through ARMED
    private volatile boolean armed;

    LogReader(EffectsLog log, LogBlock block, long offset, long limitBytes, Runnable wake) {
        this.log = log;
        this.block = block;
        this.place = offset;
        this.offset = offset;
        this.position = block.from + (int) (offset - block.startOffset);
        this.limitBytes = limitBytes;
        this.wake = wake;
    }

    /** The offset up to which bytes were read. Any thread may ask. */
    public long offset() {
        return offset;
    }

    /** Bytes not yet read. Any thread may ask. */
    public long lag() {
        return log.endOffset() - offset;
    }

    public long limitBytes() {
        return limitBytes;
    }

    public void limitBytes(long bytes) {
        limitBytes = bytes;
    }

    /** Whether it fell behind its limit, or the log was dropped: no more is to be had, close it. */
    public boolean lost() {
        return lost;
    }

    /**
     * Hands on at most {@code max} bytes that lie in one run, without copying them.
     *
     * @return their number; 0 when there are none
     */
    public int read(Sink sink, int max) {
        assert !closed;
        if (lost || !findBytes()) {
            return 0;
        }
        int count = Math.min(max, block.end - position);
        sink.accept(block.bytes, position, count);
        moveTo(position + count);
        return count;
    }

    private boolean findBytes() {
        while (block.end == position) {
            if (!nextBlock() && block.end == position) {
                return false;
            }
        }
        return true;
    }

    /** Goes on in the next block if there is one and nothing is left in this one. */
    boolean nextBlock() {
        // The successor is set last: whoever sees it sees all that was appended before it.
        if (block.next == null || block.end != position) {
            return false;
        }
        block = log.moveOn(block);
        position = block.from;
        return true;
    }

    void moveTo(int newPosition) {
        place += newPosition - position;
        position = newPosition;
        offset = place;
    }

    /**
     * Asks for one call of the wake-up when there is something to read.
     *
     * @return false when there is already: it is not armed, read first
     */
    public boolean arm() {
        ARMED.setVolatile(this, true);
        if (lost || block.end != position || block.next != null) {
            ARMED.setVolatile(this, false);
            return false;
        }
        return true;
    }

    void wakeIfArmed() {
        if ((boolean) ARMED.getVolatile(this) && (lost || lag() > 0) && ARMED.compareAndSet(this, true, false)) {
            wake.run();
        }
    }

    /** Its owner is woken whether it waits for bytes or for its socket: only closing it frees what it holds. */
    void lose() {
        if (!lost) {
            lost = true;
            wake.run();
        }
    }

    /** Gives its place up. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            log.remove(this, block);
            block = null;
        }
    }

    LogBlock block() {
        return block;
    }

    int position() {
        return position;
    }
}
