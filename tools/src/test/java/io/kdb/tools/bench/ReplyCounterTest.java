package io.kdb.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReplyCounterTest {
    private static final byte[] REPLIES =
            "+OK\r\n$5\r\na\r\n$b\r\n$-1\r\n:12\r\n-ERR no\r\n$0\r\n\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+x\r\n*0\r\n*-1\r\n+OK\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    @Test
    void countsWholeRepliesHoweverTheyAreCut() {
        for (int size = 1; size <= REPLIES.length; size++) {
            ReplyCounter counter = new ReplyCounter();
            int count = 0;
            for (int from = 0; from < REPLIES.length; from += size) {
                count += counter.count(ByteBuffer.wrap(REPLIES, from, Math.min(size, REPLIES.length - from)));
            }
            assertEquals(10, count, "pieces of " + size);
            assertEquals(1, counter.errors());
        }
    }

    @Test
    void countsNothingOfAnUnfinishedReply() {
        assertEquals(0, new ReplyCounter().count(ByteBuffer.wrap(REPLIES, 5, 10)));
    }

    @Test
    void refusesWhatALoadNeverAsksFor() {
        ByteBuffer map = ByteBuffer.wrap("%1\r\n".getBytes(StandardCharsets.US_ASCII));

        assertThrows(IllegalStateException.class, () -> new ReplyCounter().count(map));
    }
}
