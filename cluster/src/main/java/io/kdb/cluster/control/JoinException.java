package io.kdb.cluster.control;

/** Why joining failed; this node is then as it was before. Immutable. */
public final class JoinException extends RuntimeException {
    /** The distinct causes. */
    public enum Reason {
        /** Nobody listens at the address, or it does not answer in time. */
        NOBODY_THERE,
        /** Something answers that does not speak the bus protocol. */
        NOT_KDB,
        /** The other side speaks another version of the bus protocol. */
        OTHER_VERSION,
        /** One side has a shared secret, or another one. */
        WRONG_SECRET,
        /** The node that should join belongs to a cluster of several nodes already. */
        ALREADY_IN_CLUSTER,
        /** The address is this node's own. */
        SELF,
        /** The other node is joining a cluster itself at this moment: try again. */
        BUSY,
        /** The other node has a reason of its own, given in the message. */
        REFUSED
    }

    private final Reason reason;
    private final String nodeId;

    JoinException(Reason reason, String message) {
        this(reason, null, message);
    }

    JoinException(Reason reason, String nodeId, String message) {
        super(message, null, false, false);
        this.reason = reason;
        this.nodeId = nodeId;
    }

    /** The id that the node gave which refused; null when there was none. */
    public String nodeId() {
        return nodeId;
    }

    public Reason reason() {
        return reason;
    }
}
