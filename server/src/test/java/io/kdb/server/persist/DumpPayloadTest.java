package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class DumpPayloadTest {
    @RepeatedTest(50)
    void readsAPayloadHoweverItIsCutIntoPieces(RepetitionInfo repetition) throws RdbException {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] value = new byte[random.nextInt(random.nextBoolean() ? 40 : 200_000)];
        if (random.nextBoolean()) {
            random.nextBytes(value);
        }
        byte[] payload = new DumpPayload(true).ofString(value, 0, value.length).toByteArray();
        int size = 1 + random.nextInt(random.nextBoolean() ? 12 : payload.length);
        byte[][] pieces = cut(payload, size);
        assertTrue(DumpPayload.verify(pieces, 0, payload.length, false));
        DumpPayload reader = new DumpPayload(true);
        reader.open(pieces, 0, payload.length);
        assertTrue(reader.isString());
        assertArrayEquals(value, reader.string().toByteArray());
        int wrong = random.nextInt(payload.length);
        pieces[wrong / size][wrong % size] ^= (byte) (1 << random.nextInt(8));
        assertFalse(DumpPayload.verify(pieces, 0, payload.length, false));
    }

    private static byte[][] cut(byte[] bytes, int size) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            pieces.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
        }
        return pieces.toArray(new byte[0][]);
    }
}
