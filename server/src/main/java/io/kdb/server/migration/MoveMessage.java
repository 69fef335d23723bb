package io.kdb.server.migration;

import java.nio.ByteBuffer;

/**
 * What the source of a move tells its target: a type, the move's id, a number, then a chunk's bytes. Immutable; a chunk's
 * bytes are a range of the message as it came.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record MoveMessage(Type type, long moveId, long number, byte[] bytes) {
    /** In the order of their number on the wire. */
    enum Type {
        /** The move starts; the number is the version of the source's view. */
        OPEN,
        /** Part of the stream of commands; the number counts chunks from 0. */
        CHUNK,
        /** The slots are closed and everything was sent; the number is that of all chunks. */
        FINISH,
        /** Asks an owner whether it serves these slots, a bitmap; the number is the version of the asker's view. */
        OWNED
    }

    static final int HEADER_BYTES = 1 + 8 + 8;

    /** Writes the header into the first bytes of {@code message}. */
    static byte[] encode(Type type, long moveId, long number, byte[] message) {
        ByteBuffer.wrap(message).put((byte) type.ordinal()).putLong(moveId).putLong(number);
        return message;
    }

    static byte[] encode(Type type, long moveId, long number) {
        return encode(type, moveId, number, new byte[HEADER_BYTES]);
    }

    /** Null when the bytes are no message. */
    static MoveMessage decode(byte[] bytes) {
        if (bytes.length < HEADER_BYTES || bytes[0] < 0 || bytes[0] >= Type.values().length) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Type type = Type.values()[in.get()];
        return new MoveMessage(type, in.getLong(), in.getLong(), bytes);
    }
}
