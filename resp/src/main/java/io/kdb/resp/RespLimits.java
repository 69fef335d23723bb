package io.kdb.resp;

/**
 * What a peer may send before it is refused: Redis 7.0's limits. Mutable per connection, because authenticating lifts
 * some of them. Owner: the connection's event loop.
 */
public final class RespLimits {
    /** An inline request, or the line that announces a count or a length, without its line end. */
    public static final int MAX_LINE_BYTES = 64 * 1024;

    public static final int UNAUTHENTICATED_ARGUMENTS = 10;
    public static final int UNAUTHENTICATED_BULK_BYTES = 16 * 1024;

    /** The default of {@code proto-max-bulk-len}. */
    public static final long DEFAULT_MAX_BULK_BYTES = 512L * 1024 * 1024;

    /** No argument is longer than this, whatever {@code proto-max-bulk-len} says: lengths are ints. */
    public static final int GREATEST_BULK_BYTES = Integer.MAX_VALUE - 64;

    private boolean authenticated = true;
    private int maxBulkBytes = (int) DEFAULT_MAX_BULK_BYTES;

    public boolean authenticated() {
        return authenticated;
    }

    public RespLimits authenticated(boolean value) {
        authenticated = value;
        return this;
    }

    /** {@code proto-max-bulk-len}, cut to {@link #GREATEST_BULK_BYTES}. */
    public int maxBulkBytes() {
        return maxBulkBytes;
    }

    public RespLimits maxBulkBytes(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("maxBulkBytes: " + value + " (expected: >= 0)");
        }
        maxBulkBytes = (int) Math.min(value, GREATEST_BULK_BYTES);
        return this;
    }
}
