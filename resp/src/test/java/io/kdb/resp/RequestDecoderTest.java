package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void assertRequests(String wire, List<List<String>> expected) {
        byte[] bytes = bytes(wire);
        for (RequestFeed feed : List.of(
                new RequestFeed().whole(bytes),
                new RequestFeed().byteByByte(bytes),
                new RequestFeed().split(bytes, new Random(wire.length()), 7))) {
            assertNull(feed.error);
            assertEquals(expected, feed.requests);
            assertEquals(0, feed.tail());
        }
    }

    @Test
    void readsMultibulkRequests() {
        assertRequests("*1\r\n$4\r\nPING\r\n", List.of(List.of("PING")));
        assertRequests(
                "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$0\r\n\r\n",
                List.of(List.of("GET", "a"), List.of("SET", "a", "")));
        assertRequests(
                "*12\r\n" + "$11\r\nhello world\r\n".repeat(12),
                List.of(List.of("hello world ".repeat(12).split("(?<=d) "))));
    }

    @Test
    void readsInlineRequests() {
        assertRequests("PING\r\n", List.of(List.of("PING")));
        assertRequests("  set  a\tb \n\r\nGET a\n", List.of(List.of("set", "a", "b"), List.of("GET", "a")));
        assertRequests("SET a \"x\\x41\\n y\" 'it\\'s'\r\n", List.of(List.of("SET", "a", "xA\n y", "it's")));
    }

    @Test
    void ignoresEmptyRequests() {
        assertRequests("*0\r\n\r\n*-1\r\n\n   \r\nPING\r\n*0\r\n", List.of(List.of("PING")));
    }

    @Test
    void readsLargeArguments() {
        byte[] value = new byte[3 * RequestDecoder.PIECE_BYTES + 17];
        new Random(1).nextBytes(value);
        byte[] wire = RequestEncoder.encode(bytes("SET"), bytes("k"), value, bytes("NX"));
        for (RequestFeed feed :
                List.of(new RequestFeed().whole(wire), new RequestFeed().split(wire, new Random(2), 99_999))) {
            assertEquals(
                    List.of(List.of("SET", "k", new String(value, StandardCharsets.ISO_8859_1), "NX")), feed.requests);
            assertEquals(wire.length, feed.attributed());
        }
    }
}
