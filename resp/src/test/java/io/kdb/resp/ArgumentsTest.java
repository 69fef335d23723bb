package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void comparesWordsWhateverTheirCase() {
        Arguments arguments = Arguments.of("SET", "kEepTTl", "", "[\u00c9");
        assertTrue(arguments.is(0, "set"));
        assertTrue(arguments.is(1, "KEEPTTL"));
        assertFalse(arguments.is(1, "KEEPTT"));
        assertTrue(arguments.is(2, ""));
        assertFalse(arguments.is(3, "{\u00c9"));
        assertFalse(arguments.is(3, "[\u00e9"));
        assertTrue(arguments.equalTo(0, bytes("SET")));
        assertFalse(arguments.equalTo(0, bytes("set")));
        assertFalse(arguments.equalTo(0, bytes("SE")));
        assertEquals(12, arguments.totalLength());
        assertNull(arguments.pieces(0));
    }

    @Test
    void copiesDoNotShareTheLoopsArray() {
        byte[] loop = bytes("*2\r\n$3\r\nGET\r\n$2\r\nab\r\n");
        RequestBatch batch = new RequestBatch();
        new RequestDecoder().decode(loop, 0, loop.length, batch);
        Arguments view = batch.get(0);
        byte[] copy = view.copy(1);
        Arguments detached = view.detach();
        assertNotSame(view, detached);
        loop[view.offset(1)] = 'X';
        assertEquals("Xb", view.text(1));
        assertArrayEquals(bytes("ab"), copy);
        assertEquals("[GET ab]", detached.toString());
    }

    @Test
    void showsLongArgumentsAndManyOfThemCut() {
        assertEquals(
                "[" + "x".repeat(64) + "... (65 bytes)]",
                Arguments.of("x".repeat(65)).toString());
        assertEquals(
                "[a a a a a a a a a a a a a a a a ... (17 arguments)]",
                Arguments.of("a ".repeat(17).split(" ")).toString());
    }
}
