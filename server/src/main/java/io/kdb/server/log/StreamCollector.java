package io.kdb.server.log;

/**
 * Takes a replica's primary's bytes as they come and appends them to the log once what they say is applied, so that both
 * nodes' logs are the same byte for byte. Owner: the thread that applies the stream.
 */
public final class StreamCollector {
    private final EffectsLog log;
    private LogBlock first;
    private LogBlock last;
    private long length;

    public StreamCollector(EffectsLog log) {
        this.log = log;
    }

    /** Bytes taken and not yet appended: of a command or transaction that is not complete. */
    public long pendingBytes() {
        return length;
    }

    public void add(byte[] bytes, int from, int count) {
        if (count > 0 && first == null) {
            first = last = log.takeBlock();
            first.entry(0, EffectsLog.STREAM_MARK, EffectsLog.NO_DB);
        }
        for (int done = 0; done < count; ) {
            if (last.room() == 0) {
                LogBlock more = log.takeBlock();
                last.next = more;
                last = more;
            }
            int size = Math.min(count - done, last.room());
            int end = last.end + size;
            System.arraycopy(bytes, from + done, last.bytes, last.end, size);
            last.end = end;
            done += size;
        }
        length += count;
    }

    /**
     * Appends what was taken: whole commands and transactions, applied. Like them, it must be done before the keyspace is
     * left, or a snapshot would hold what the log does not.
     *
     * @param db the database that the stream has selected after them
     * @return the offset after them
     */
    public long commit(int db) {
        if (length > 0) {
            if (log.append(first, length, EffectsLog.NO_DB, db)) {
                first = null;
            }
            clear();
        }
        return log.endOffset();
    }

    /** Forgets what was taken. */
    public void clear() {
        while (first != null) {
            LogBlock block = first;
            first = block.next;
            log.giveBlock(block);
        }
        last = null;
        length = 0;
    }
}
