package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class LzfTest {
    private static byte[] compressible(Random random, int length) {
        byte[] bytes = new byte[length];
        int letters = 1 + random.nextInt(6);
        for (int i = 0; i < length; ) {
            if (i > 10 && random.nextInt(4) == 0) {
                int from = random.nextInt(i);
                for (int n = random.nextInt(600); n > 0 && i < length; n--) {
                    bytes[i++] = bytes[from++];
                }
            } else {
                bytes[i++] = (byte) ('a' + random.nextInt(letters));
            }
        }
        return bytes;
    }

    @RepeatedTest(100)
    void restoresWhatItCompressed(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        Lzf lzf = new Lzf();
        for (int round = 0; round < 20; round++) {
            byte[] in = compressible(random, 4 + random.nextInt(1 << random.nextInt(17)));
            byte[] out = new byte[in.length + 20];
            int limit = in.length;
            int size = lzf.compress(in, 0, in.length, out, 7, limit);
            assertTrue(size <= limit);
            assertEquals(0, out[6], "writes nothing in front");
            assertTrue(Arrays.equals(new byte[13], Arrays.copyOfRange(out, 7 + limit, out.length)), "nor behind");
            if (size > 0) {
                byte[] back = new byte[in.length];
                assertTrue(Lzf.decompress(out, 7, size, back, 0, back.length));
                assertArrayEquals(in, back);
                assertFalse(Lzf.decompress(out, 7, size, new byte[in.length + 1], 0, in.length + 1));
                assertFalse(Lzf.decompress(out, 7, size, back, 0, in.length - 1));
            }
        }
    }

    @Test
    void compressesARunWellAndNoiseNotAtAll() {
        byte[] run = new byte[10_000];
        byte[] out = new byte[10_000];
        assertTrue(new Lzf().compress(run, 0, run.length, out, 0, out.length) < 130);
        new Random(1).nextBytes(run);
        assertEquals(0, new Lzf().compress(run, 0, run.length, out, 0, run.length - 4));
    }

    @RepeatedTest(100)
    void survivesAnyInput(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        for (int round = 0; round < 200; round++) {
            byte[] in = new byte[random.nextInt(100)];
            random.nextBytes(in);
            byte[] out = new byte[300];
            int length = random.nextInt(200);
            Lzf.decompress(in, 0, in.length, out, 50, length);
            assertTrue(Arrays.equals(new byte[50], Arrays.copyOfRange(out, 0, 50)));
            assertTrue(Arrays.equals(new byte[250 - length], Arrays.copyOfRange(out, 50 + length, 300)));
        }
    }
}
