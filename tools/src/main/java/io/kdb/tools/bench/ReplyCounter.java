package io.kdb.tools.bench;

import java.nio.ByteBuffer;

/**
 * Counts whole replies in a stream of status, error, integer and bulk replies without keeping any of it. Owner: its
 * connection.
 */
final class ReplyCounter {
    private enum State {
        TYPE,
        LINE,
        LENGTH,
        BODY
    }

    private State state = State.TYPE;
    private long errors;
    private long length;
    private boolean negative;

    /** Consumes all of {@code bytes}; how many replies ended in them. */
    int count(ByteBuffer bytes) {
        int replies = 0;
        while (bytes.hasRemaining()) {
            if (state == State.BODY) {
                int skipped = (int) Math.min(length, bytes.remaining());
                bytes.position(bytes.position() + skipped);
                length -= skipped;
                if (length == 0) {
                    state = State.TYPE;
                    replies++;
                }
                continue;
            }
            replies += step(bytes.get());
        }
        return replies;
    }

    long errors() {
        return errors;
    }

    private int step(byte b) {
        switch (state) {
            case TYPE -> {
                if (b == '$') {
                    state = State.LENGTH;
                    length = 0;
                    negative = false;
                } else if (b == '+' || b == '-' || b == ':') {
                    state = State.LINE;
                    errors += b == '-' ? 1 : 0;
                } else {
                    throw new IllegalStateException("reply type: " + (char) b + " (expected: one of + - : $)");
                }
            }
            case LINE -> {
                if (b == '\n') {
                    state = State.TYPE;
                    return 1;
                }
            }
            case LENGTH -> {
                if (b == '-') {
                    negative = true;
                } else if (b >= '0' && b <= '9') {
                    length = length * 10 + b - '0';
                } else if (b == '\n') {
                    state = negative ? State.TYPE : State.BODY;
                    length += 2;
                    return negative ? 1 : 0;
                }
            }
            case BODY -> throw new IllegalStateException("BODY is consumed in one piece");
        }
        return 0;
    }
}
