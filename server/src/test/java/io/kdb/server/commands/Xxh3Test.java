package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Every way that a length takes gives what xxHash 0.8.1 gives. */
class Xxh3Test {
    /** Lengths of the bytes 7, 38, 69, ..., and their hashes. */
    private static final long[][] KNOWN = {
        {0L, 0x2d06800538d394c2L},
        {1L, 0x4c5cca45d0f4811fL},
        {2L, 0xa7e250c97710ff27L},
        {3L, 0x15f7093b173d005cL},
        {4L, 0xdca012f95811b6b9L},
        {5L, 0xb290cafc7b254345L},
        {8L, 0xdec6a9a43575982eL},
        {9L, 0xcbe393399f17ffbdL},
        {12L, 0x46aaf92c7550afa4L},
        {16L, 0x7e484c18d74895d0L},
        {17L, 0x208bde5ee2bed407L},
        {31L, 0xa937652b0119ca11L},
        {32L, 0x03df0ac5255d1446L},
        {33L, 0x199a362122d71f46L},
        {64L, 0xdd30702ab46b3745L},
        {65L, 0xfab36b851b94ce20L},
        {96L, 0xd245cd2541582982L},
        {97L, 0x60e3e1d0d43785b3L},
        {127L, 0xa915ed6396db8cc0L},
        {128L, 0xf92b70eaa21a6288L},
        {129L, 0xf8f76713f2bb60faL},
        {144L, 0xd87f00765ee3d89eL},
        {200L, 0x12fdb864685f344dL},
        {239L, 0xcaa9b7a588464745L},
        {240L, 0xccc7375172c41f03L},
        {241L, 0x0b3b630948ce4a00L},
        {255L, 0x89932170686cdd9aL},
        {256L, 0xec85b75bafe6ca74L},
        {320L, 0x73df0720aa2b40f3L},
        {1023L, 0xf0d330ce2b3300fbL},
        {1024L, 0x23bc880ebf0d29c6L},
        {1025L, 0xc09fdfbc398c7d82L},
        {1088L, 0xa16bad67843c5a45L},
        {1089L, 0x822327a86aad957cL},
        {2048L, 0x19f6f9c987331373L},
        {2049L, 0x5045460f5d85c275L},
        {4100L, 0x12dfe4843fc71e92L},
        {70000L, 0xff6e8ad95018ccd9L}
    };

    private static long hash(byte[] bytes, int length) {
        return Xxh3.hash((position, target, count) -> System.arraycopy(bytes, position, target, 0, count), length);
    }

    @Test
    void hashesAsTheLibraryDoes() {
        byte[] bytes = new byte[70_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + 7);
        }
        for (long[] known : KNOWN) {
            assertEquals(
                    Long.toHexString(known[1]),
                    Long.toHexString(hash(bytes, (int) known[0])),
                    "of " + known[0] + " bytes");
        }
        assertEquals(0xb6acb9d84a38ff74L, hash("Hello world".getBytes(StandardCharsets.US_ASCII), 11));
    }
}
