package io.kdb.server.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    private static final int LONGEST = 8;

    /** All of up to eight letters: the hash reads the first and the last bytes, and these are alike in every way. */
    @Test
    void shortStringsOfFewLettersHaveDifferentHashes() {
        Map<Long, String> seen = new HashMap<>();
        List<String> strings = new ArrayList<>(List.of(""));
        for (int i = 0; i < strings.size(); i++) {
            String text = strings.get(i);
            String other = seen.put(KeyHash.hash(text.getBytes(ISO_8859_1)), text);
            assertEquals(null, other, () -> text + " has the hash of another");
            if (text.length() < LONGEST) {
                for (String letter : List.of("a", "b", "c", "d")) {
                    strings.add(text + letter);
                }
            }
        }
    }

    /** Changes of one bit, and of the length, in strings of every length that is read in another way. */
    @Test
    void nearbyStringsHaveDifferentHashes() {
        Random random = new Random(1);
        for (int length = 1; length <= 70; length++) {
            byte[] bytes = new byte[length + 1];
            random.nextBytes(bytes);
            long hash = KeyHash.hash(bytes, 0, length);
            assertNotEquals(hash, KeyHash.hash(bytes, 0, length + 1));
            assertNotEquals(hash, KeyHash.hash(bytes, 0, length - 1));
            for (int bit = 0; bit < 8 * length; bit++) {
                bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
                assertNotEquals(hash, KeyHash.hash(bytes, 0, length), "length " + length + ", bit " + bit);
                bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
            }
        }
    }
}
