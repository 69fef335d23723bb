package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ReplyBufferTest {
    @RepeatedTest(200)
    void behavesAsAByteQueueThatCanBeTruncated(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        ChunkPool pool = new ChunkPool(4 * ChunkPool.CHUNK_BYTES);
        ReplyBuffer buffer = new ReplyBuffer(pool);
        ReplyWriter writer = new ReplyWriter(buffer);
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    byte[] bytes = new byte[random.nextInt(random.nextInt(8) == 0 ? 60_000 : 3000)];
                    random.nextBytes(bytes);
                    buffer.append(bytes, 0, bytes.length);
                    model.writeBytes(bytes);
                }
                case 2 -> {
                    writer.integer(step);
                    model.writeBytes((":" + step + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                }
                case 3 -> {
                    long mark = buffer.drained() + (long) (random.nextDouble() * (buffer.size() + 1));
                    buffer.truncate(mark);
                    byte[] kept = Arrays.copyOf(model.toByteArray(), (int) mark);
                    model.reset();
                    model.writeBytes(kept);
                }
                case 4 -> {
                    long mark = buffer.drained() + (long) (random.nextDouble() * (buffer.size() + 1));
                    assertEquals(mark - sent.size(), buffer.drain(sent::write, mark));
                    assertEquals(mark, buffer.drained());
                }
                default -> {
                    buffer.drain(sent::write);
                    assertEquals(0, buffer.retainedBytes());
                }
            }
            assertEquals(model.size(), buffer.written());
            assertEquals(model.size() - sent.size(), buffer.size());
            assertTrue(buffer.retainedBytes() >= buffer.size());
            assertTrue(pool.retainedBytes() <= 4 * ChunkPool.CHUNK_BYTES);
        }
        buffer.drain(sent::write);
        assertArrayEquals(model.toByteArray(), sent.toByteArray());
    }

    @Test
    void chunksGoBackToThePoolAndAreUsedAgain() {
        ChunkPool pool = new ChunkPool(2 * ChunkPool.CHUNK_BYTES);
        ReplyBuffer buffer = new ReplyBuffer(pool);
        buffer.append(new byte[5 * ChunkPool.CHUNK_BYTES], 0, 5 * ChunkPool.CHUNK_BYTES);
        assertEquals(5 * ChunkPool.CHUNK_BYTES, buffer.retainedBytes());
        buffer.release();
        assertEquals(2 * ChunkPool.CHUNK_BYTES, pool.retainedBytes());
        buffer.append(new byte[1], 0, 1);
        assertEquals(ChunkPool.CHUNK_BYTES, pool.retainedBytes());
        buffer.truncate(buffer.drained());
        assertEquals(0, buffer.size());
        buffer.release();
        assertEquals(2 * ChunkPool.CHUNK_BYTES, pool.retainedBytes());
    }

    @Test
    void refusesAMarkThatWasSentOrNeverWritten() {
        ReplyBuffer buffer = new ReplyBuffer(new ChunkPool(1));
        buffer.append(new byte[10], 0, 10);
        buffer.drain((bytes, offset, length) -> {}, 5);
        assertThrows(IllegalArgumentException.class, () -> buffer.truncate(4));
        assertThrows(IllegalArgumentException.class, () -> buffer.truncate(11));
    }
}
