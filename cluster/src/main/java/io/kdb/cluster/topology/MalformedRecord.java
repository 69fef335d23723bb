package io.kdb.cluster.topology;

/** Bytes that are no record, answer or image. Stackless: the message says what was expected where. */
public final class MalformedRecord extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedRecord(String message) {
        super(message, null, false, false);
    }
}
