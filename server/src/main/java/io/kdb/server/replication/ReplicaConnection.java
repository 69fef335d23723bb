package io.kdb.server.replication;

/** A replica's connection as its primary sees it. The network layer implements it. */
public interface ReplicaConnection {
    /** Runs a task on the connection's thread; tasks run in order, after the batch that is running. Any thread. */
    void execute(Runnable task);

    /** Queues bytes behind everything written before; they are copied. The connection's thread only. */
    void write(byte[] bytes, int from, int length);

    /** The connection's thread only. */
    void flush();

    /** Bytes written that the socket has not yet taken. Any thread. */
    long bufferedBytes();

    /**
     * What to run, on the connection's thread, whenever {@link #bufferedBytes} has fallen low enough to write on. One more
     * call too many does no harm; it replaces the task set before.
     */
    void onDrained(Runnable task);

    /** Closes it; {@link Primary#gone} follows. Any thread. */
    void close();

    /** The peer's address, without its port. */
    String address();

    /** The peer's port. */
    int port();
}
