package io.kdb.server.migration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkedStreamTest {
    @Test
    void chunksJoinedAreTheCommands() {
        byte[] value = new byte[3 * ChunkedStream.CHUNK_BYTES + 17];
        new Random(1).nextBytes(value);
        ChunkedStream stream = new ChunkedStream();
        stream.command(2);
        stream.argument("ECHO");
        stream.argument(value, 0, value.length);
        assertTrue(stream.hasChunk());
        stream.flush();
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] chunk = stream.next(); chunk != null; chunk = stream.next()) {
            joined.write(chunk, MoveMessage.HEADER_BYTES, chunk.length - MoveMessage.HEADER_BYTES);
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes(("*2\r\n$4\r\nECHO\r\n$" + value.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        expected.writeBytes(value);
        expected.writeBytes(new byte[] {'\r', '\n'});
        assertArrayEquals(expected.toByteArray(), joined.toByteArray());
        assertEquals(expected.size(), stream.total());
    }

    @Test
    void nothingWrittenIsNoChunk() {
        ChunkedStream stream = new ChunkedStream();
        stream.flush();
        assertFalse(stream.hasChunk());
        assertNull(stream.next());
    }

    @Test
    void messagesSurviveTheWireAndGarbageIsNone() {
        MoveMessage message = MoveMessage.decode(MoveMessage.encode(MoveMessage.Type.FINISH, 7, -3));
        assertEquals(MoveMessage.Type.FINISH, message.type());
        assertEquals(7, message.moveId());
        assertEquals(-3, message.number());
        assertNull(MoveMessage.decode(new byte[MoveMessage.HEADER_BYTES - 1]));
        byte[] unknown = MoveMessage.encode(MoveMessage.Type.OPEN, 1, 1);
        unknown[0] = 100;
        assertNull(MoveMessage.decode(unknown));
    }
}
