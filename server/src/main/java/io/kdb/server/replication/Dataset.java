package io.kdb.server.replication;

import io.kdb.server.persist.RdbVisitor;

/** The node's data as a full sync replaces it. Called on the link's thread; the server implements it. */
public interface Dataset {
    /**
     * Empties the keyspace; until {@link #endLoading} clients are told that the node is loading.
     *
     * @param totalBytes the file's length
     */
    void startLoading(long totalBytes);

    /** Takes the file's entries. */
    RdbVisitor loader();

    /** So many bytes of the file are read (INFO's loading_loaded_bytes). */
    void loading(long bytes);

    /**
     * Loading has ended.
     *
     * @param whole whether all of it was loaded; if not, the keyspace is to be emptied again
     * @param atEnd runs in an exclusive section, before any client's command
     */
    void endLoading(boolean whole, Runnable atEnd);
}
