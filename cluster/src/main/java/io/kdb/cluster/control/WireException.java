package io.kdb.cluster.control;

/** Bytes of a peer, a file or the log are not what they should be. Immutable. */
final class WireException extends RuntimeException {
    WireException(String message) {
        super(message);
    }
}
