package io.kdb.tools.bench;

import java.nio.ByteBuffer;

/** Counts whole replies in a stream of RESP2 without keeping any of it; arrays may lie in arrays. Owner: its connection. */
final class ReplyCounter {
    private enum State {
        TYPE,
        LINE,
        LENGTH,
        ELEMENTS,
        BODY
    }

    private State state = State.TYPE;
    private long errors;
    private long length;
    /** Of the reply that has begun, how many values have not ended. */
    private long open = 1;

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
                    replies += ended();
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
                if (b == '$' || b == '*') {
                    state = b == '$' ? State.LENGTH : State.ELEMENTS;
                    length = 0;
                    negative = false;
                } else if (b == '+' || b == '-' || b == ':') {
                    state = State.LINE;
                    errors += b == '-' ? 1 : 0;
                } else {
                    throw new IllegalStateException("reply type: " + (char) b + " (expected: one of + - : $ *)");
                }
            }
            case LINE -> {
                if (b == '\n') {
                    return ended();
                }
            }
            case LENGTH, ELEMENTS -> {
                if (b == '-') {
                    negative = true;
                } else if (b >= '0' && b <= '9') {
                    length = length * 10 + b - '0';
                } else if (b == '\n') {
                    return afterLength();
                }
            }
            case BODY -> throw new IllegalStateException("BODY is consumed in one piece");
        }
        return 0;
    }

    private int afterLength() {
        if (negative) {
            return ended();
        }
        if (state == State.LENGTH) {
            length += 2;
            state = State.BODY;
            return 0;
        }
        open += length;
        return ended();
    }

    /** A value has ended: 1 if the whole reply has. */
    private int ended() {
        state = State.TYPE;
        if (--open > 0) {
            return 0;
        }
        open = 1;
        return 1;
    }
}
