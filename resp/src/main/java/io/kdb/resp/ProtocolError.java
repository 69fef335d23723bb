package io.kdb.resp;

/**
 * Malformed bytes: a client gets {@code ERR} and {@link #getMessage()} as one error line and is
 * disconnected. Immutable, without a stack
 * trace.
 */
public final class ProtocolError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final String TOO_BIG_INLINE = "too big inline request";
    static final String UNBALANCED_QUOTES = "unbalanced quotes in request";
    static final String TOO_BIG_MULTIBULK_LINE = "too big mbulk count string";
    static final String TOO_BIG_BULK_LINE = "too big bulk count string";
    static final String INVALID_MULTIBULK = "invalid multibulk length";
    static final String INVALID_BULK = "invalid bulk length";
    static final String UNAUTHENTICATED_MULTIBULK = "unauthenticated multibulk length";
    static final String UNAUTHENTICATED_BULK = "unauthenticated bulk length";

    /** The reason is what Redis says after {@code Protocol error: }. */
    public ProtocolError(String reason) {
        super("Protocol error: " + reason, null, false, false);
    }

    static ProtocolError expectedBulk(byte got) {
        char shown = got == '\r' || got == '\n' ? ' ' : (char) (got & 0xff);
        return new ProtocolError("expected '$', got '" + shown + "'");
    }
}
