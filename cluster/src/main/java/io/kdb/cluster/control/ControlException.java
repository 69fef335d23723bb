package io.kdb.cluster.control;

/** Why an operation was not confirmed: its outcome is unknown unless the reason is {@link Reason#REFUSED}. Immutable. */
public final class ControlException extends RuntimeException {
    /** What stood in the way. */
    public enum Reason {
        /** No leader answered within the time limit; the operation may yet be applied. */
        NO_QUORUM,
        /** The control plane of this node is closed or was reset; the operation may yet be applied. */
        CLOSED,
        /** The operation was not taken in: too large, or too many are waiting. */
        REFUSED
    }

    private final Reason reason;

    ControlException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
