package io.kdb.server.pubsub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Pushes as bytes, in RESP2's form; see {@link Subscriber#push}. Stateless. */
public final class Frames {
    static final byte[] MESSAGE = bytes("message");
    static final byte[] PATTERN_MESSAGE = bytes("pmessage");
    static final byte[] SHARD_MESSAGE = bytes("smessage");
    private static final byte[] CRLF = bytes("\r\n");

    private Frames() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A push of bulk strings. */
    public static byte[] of(byte[]... parts) {
        int size = 16;
        for (byte[] part : parts) {
            size += part.length + 16;
        }
        Bytes frame = new Bytes(size);
        frame.header('*', parts.length);
        for (byte[] part : parts) {
            frame.bulk(part);
        }
        return frame.toByteArray();
    }

    /** {@code [word, channel, count]}; the channel may be null, which {@code resp3} has its own word for. */
    public static byte[] count(byte[] word, byte[] channel, int count, boolean resp3) {
        Bytes frame = new Bytes(48 + word.length + (channel == null ? 0 : channel.length));
        frame.header('*', 3);
        frame.bulk(word);
        if (channel == null) {
            frame.writeBytes(bytes(resp3 ? "_\r\n" : "$-1\r\n"));
        } else {
            frame.bulk(channel);
        }
        frame.header(':', count);
        return frame.toByteArray();
    }

    /** A growing frame. */
    private static final class Bytes extends ByteArrayOutputStream {
        Bytes(int size) {
            super(size);
        }

        void header(char type, int value) {
            write(type);
            writeBytes(bytes(Integer.toString(value)));
            writeBytes(CRLF);
        }

        void bulk(byte[] part) {
            header('$', part.length);
            write(part, 0, part.length);
            writeBytes(CRLF);
        }
    }
}
