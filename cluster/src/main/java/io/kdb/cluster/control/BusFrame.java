package io.kdb.cluster.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** Frames of the cluster bus: a length, a type, a body. */
final class BusFrame {
    static final int VERSION = 1;
    static final String MAGIC = "kdb-bus";

    /** Largest frame of an authenticated peer. */
    static final int MAX_BYTES = 16 << 20;
    /** Largest frame of a peer that has not proved who it is. */
    static final int MAX_HANDSHAKE_BYTES = 4 << 10;

    static final int OPEN = 1;
    static final int CHALLENGE = 2;
    static final int PROOF = 3;
    static final int WELCOME = 4;
    static final int REJECT = 5;
    static final int MESSAGE = 10;
    static final int REQUEST = 11;
    static final int REPLY = 12;
    static final int ERROR = 13;
    static final int PING = 14;
    static final int PONG = 15;

    private BusFrame() {}

    static ByteBuf of(int type, byte[] body) {
        ByteBuf head = Unpooled.buffer(5);
        head.writeInt(1 + body.length).writeByte(type);
        return Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(body));
    }

    /** MESSAGE, REQUEST, REPLY or ERROR: {@code id} and {@code kind} before the payload, which is not copied. */
    static ByteBuf of(int type, long id, int kind, byte[] payload) {
        ByteBuf head = Unpooled.buffer(14);
        head.writeInt(1 + 9 + payload.length).writeByte(type).writeLong(id).writeByte(kind);
        return Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(payload));
    }

    /** Cuts the stream into frames without their length; refuses one over the limit in force before it is buffered. */
    static final class Decoder extends ByteToMessageDecoder {
        private int maxBytes = MAX_HANDSHAKE_BYTES;

        /** The peer proved who it is. */
        void trust() {
            maxBytes = MAX_BYTES;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            if (in.readableBytes() < 4) {
                return;
            }
            int length = in.getInt(in.readerIndex());
            if (length < 1 || length > maxBytes) {
                in.skipBytes(in.readableBytes());
                throw new WireException("frame: " + length + " bytes (expected: 1 to " + maxBytes + ")");
            }
            if (in.readableBytes() >= 4 + length) {
                in.skipBytes(4);
                out.add(in.readRetainedSlice(length));
            }
        }
    }
}
