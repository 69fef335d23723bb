package io.kdb.cluster.control;

/**
 * The application's state at an index. Immutable by convention: nobody writes to the bytes.
 *
 * @param generation generation it was taken in
 * @param index operations applied to it since the cluster's birth
 * @param bytes the state
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record Image(long generation, long index, byte[] bytes) {}
