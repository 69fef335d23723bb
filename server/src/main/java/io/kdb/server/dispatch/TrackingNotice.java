package io.kdb.server.dispatch;

import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.pubsub.Parcel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An invalidation on its way to the connection that is told: keys it should forget, or all. Immutable.
 *
 * @param value the keys as a RESP array, or a null
 * @param redirected {@code to} is told in another connection's stead
 * @param lost it did not fit: the connection is closed
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record TrackingNotice(Session to, byte[] value, boolean redirected, boolean lost) implements Parcel {
    private static final byte[] INVALIDATE = bytes("*2\r\n$10\r\ninvalidate\r\n");
    private static final byte[] MESSAGE = bytes("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n");
    static final byte[] ALL_RESP2 = bytes("$-1\r\n");
    static final byte[] ALL_RESP3 = bytes("_\r\n");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] keys(List<byte[]> keys) {
        ByteArrayOutputStream value = new ByteArrayOutputStream(32);
        value.writeBytes(bytes("*" + keys.size() + "\r\n"));
        for (byte[] key : keys) {
            value.writeBytes(bytes("$" + key.length + "\r\n"));
            value.writeBytes(key);
            value.writeBytes(bytes("\r\n"));
        }
        return value.toByteArray();
    }

    /** To a connection whose redirection leads nowhere. */
    static byte[] broken(long redirect) {
        return bytes("*2\r\n$21\r\ntracking-redir-broken\r\n:" + redirect + "\r\n");
    }

    @Override
    public long bytes() {
        return 64L + value.length;
    }

    @Override
    public void open(LoopSubscribers at) {
        if (to.connection() != null && !to.connection().isOpen()) {
            return;
        }
        if (lost) {
            to.pushes().overflowed();
        } else if (to.reply().resp3()) {
            to.pushes().push(join(INVALIDATE), false);
        } else if (redirected && to.kind() == Session.Kind.PUBSUB) {
            to.pushes().push(join(MESSAGE), false);
        }
        // Else there is no way to tell it.
    }

    private byte[] join(byte[] head) {
        byte[] frame = java.util.Arrays.copyOf(head, head.length + value.length);
        System.arraycopy(value, 0, frame, head.length, value.length);
        return frame;
    }

    @Override
    public TrackingNotice withoutContent() {
        return new TrackingNotice(to, new byte[0], redirected, true);
    }
}
