package io.kdb.server.persist;

import java.io.IOException;

/** An RDB file or payload that cannot be read, with the offset where and the reason why. */
public class RdbException extends IOException {
    private final long offset;

    public RdbException(long offset, String reason) {
        super("offset " + offset + ": " + reason);
        this.offset = offset;
    }

    public long offset() {
        return offset;
    }
}
