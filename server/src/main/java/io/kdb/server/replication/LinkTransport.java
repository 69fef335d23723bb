package io.kdb.server.replication;

/**
 * Connects a replica to its primary. All that it calls, it calls on its one thread, which may block: it serves nobody
 * else.
 */
public interface LinkTransport {
    /** Runs a task on that thread, after those before it. */
    void execute(Runnable task);

    /** Connects; the handler hears how it went. On the thread only. */
    void connect(String host, int port, int timeoutMs, Handler handler);

    /** What happens on a connection. */
    interface Handler {
        void connected(Channel channel);

        /** It could not be made, or has ended; the last call. */
        void closed(String reason);

        /**
         * Bytes came.
         *
         * @return the index of the first one not consumed: they come again, in front of the next ones
         */
        int received(byte[] bytes, int from, int to);
    }

    /** A connection, on the thread only. */
    interface Channel {
        /** Sends bytes at once. */
        void send(byte[] bytes);

        /** Closes it; {@link Handler#closed} is not called any more. */
        void close();
    }
}
