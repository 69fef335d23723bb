package io.kdb.server.dispatch;

/**
 * A client's mistake; the message is the exact error line, code word first, without the leading '-'. Stackless: it is a
 * reply, not a fault. The dispatcher is the one place that catches it.
 */
public final class CommandError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandError(String line) {
        super(line, null, false, false);
    }

    /** The whole error line as it travels, without '-' and CRLF. */
    public String line() {
        return getMessage();
    }
}
