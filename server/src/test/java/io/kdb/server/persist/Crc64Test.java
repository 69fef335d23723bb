package io.kdb.server.persist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class Crc64Test {
    @Test
    void agreesWithRedis() {
        byte[] digits = "123456789".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(0xe9c6d914c4b8d9caL, Crc64.update(0, digits, 0, digits.length));
        assertEquals(0, Crc64.update(0, digits, 0, 0));
    }

    @RepeatedTest(20)
    void addsUpOverAnySplit(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        long whole = Crc64.update(0, bytes, 0, bytes.length);
        long single = 0;
        for (int i = 0; i < bytes.length; i++) {
            single = Crc64.update(single, bytes, i, 1);
        }
        assertEquals(single, whole);
        int split = random.nextInt(bytes.length + 1);
        assertEquals(whole, Crc64.update(Crc64.update(0, bytes, 0, split), bytes, split, bytes.length - split));
    }
}
