package io.kdb.server.dispatch;

import io.kdb.server.replication.ReplicaConnection;

/** A session's socket as dispatch sees it; implemented by {@code net}. Owner: the session's event loop, where not said. */
public interface Connection {
    /** {@code ip:port} of the peer, as CLIENT LIST prints it. */
    String peer();

    /** {@code ip:port} of this side. */
    String local();

    /** Sends of what the session's reply buffer holds as much as the socket takes soon; the rest follows by itself. */
    void flush();

    /** Bytes not yet taken by the kernel, those in the reply buffer included, as of the last flush. Any thread. */
    long unsentBytes();

    /** For how long the peer has taken nothing, if much is unsent (as of the last flush); 0 otherwise. Any thread. */
    long stallNanos(long nowNanos);

    /** Bytes on their way to the kernel, those in the reply buffer not included. */
    long queuedBytes();

    /** Closes once everything in the reply buffer is sent. */
    void closeAfterFlush();

    /** Closes at once. Any thread. */
    void close();

    /** Starts or stops reading from the socket. */
    void reading(boolean on);

    /** Decodes and runs what arrived while the session was suspended. */
    void resumeDecoding();

    boolean isOpen();

    /** True when the peer is on the loopback interface. */
    boolean isLocal();

    /** The same connection as the stream to a replica uses it. */
    ReplicaConnection asReplica();

    /** The socket's descriptor, or -1 where the transport has none. */
    int descriptor();

    /** Bytes of requests that arrived and have not run. */
    long queryBytes();
}
