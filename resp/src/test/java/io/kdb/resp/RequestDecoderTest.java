package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    static List<MalformedRequest> edges() {
        return MalformedRequest.all();
    }

    @ParameterizedTest
    @MethodSource("edges")
    void treatsTheEdgesAsRedisHoweverCut(MalformedRequest edge) {
        byte[] bytes = bytes(edge.wire());
        for (RequestFeed feed : List.of(
                new RequestFeed().whole(bytes),
                new RequestFeed().byteByByte(bytes),
                new RequestFeed().split(bytes, new Random(bytes.length), 5000))) {
            assertEquals(edge.requests(), feed.requests);
            assertEquals(edge.error(), feed.error == null ? null : feed.error.getMessage());
        }
    }

    @Test
    void ignoresEverythingAfterAnError() {
        RequestFeed feed = new RequestFeed().whole(bytes("PING\r\n*x\r\nPING\r\n"));
        assertEquals(List.of(List.of("PING")), feed.requests);
        feed.error = null;
        feed.whole(bytes("PING\r\n"));
        assertEquals(1, feed.requests.size());
        assertNull(feed.error);
        assertEquals(0, feed.tail());
    }

    @Test
    void limitsBulksAsConfigured() {
        RequestDecoder decoder = new RequestDecoder(new RespLimits().maxBulkBytes(3));
        RequestFeed feed = new RequestFeed(decoder).whole(bytes("*1\r\n$3\r\nabc\r\n*1\r\n$4\r\n"));
        assertEquals(List.of(List.of("abc")), feed.requests);
        assertEquals("Protocol error: invalid bulk length", feed.error.getMessage());
    }

    @Test
    void refusesMuchBeforeAuthentication() {
        for (String[] refused : new String[][] {
            {"*11\r\n", "unauthenticated multibulk length"},
            {"*10\r\n$16385\r\n", "unauthenticated bulk length"},
            {
                "*10\r\n$1\r\na\r\n" + "$16384\r\n" + "x".repeat(16386) + "$16384\r\n" + "x".repeat(16386)
                        + "$16385\r\n",
                "unauthenticated bulk length"
            },
            {"*2147483648\r\n", "invalid multibulk length"},
            {"*1\r\n$99999999999\r\n", "invalid bulk length"}
        }) {
            for (int most : new int[] {1, 100, 100_000}) {
                RequestFeed feed = new RequestFeed(new RequestDecoder(new RespLimits().authenticated(false)));
                feed.split(bytes(refused[0]), new Random(1), most);
                assertEquals("Protocol error: " + refused[1], feed.error.getMessage());
            }
        }
        RequestFeed allowed = new RequestFeed(new RequestDecoder(new RespLimits().authenticated(false)));
        allowed.whole(bytes("*10\r\n" + ("$16384\r\n" + "x".repeat(16384) + "\r\n").repeat(10)));
        allowed.whole(bytes("a b c d e f g h i j k l m n\r\n"));
        assertNull(allowed.error);
        assertEquals(2, allowed.requests.size());
    }

    @Test
    void stopsWhereARequestOfTheBatchMayAuthenticate() {
        String big = "*11\r\n" + "$1\r\na\r\n".repeat(11);
        String large = "*2\r\n$1\r\na\r\n$16385\r\n" + "x".repeat(16385) + "\r\n";
        for (String later : List.of(big, large)) {
            byte[] read = bytes("*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n" + later + "PING\r\n");
            RespLimits limits = new RespLimits().authenticated(false);
            RequestDecoder decoder = new RequestDecoder(limits);
            RequestBatch batch = new RequestBatch();
            int end = decoder.decode(read, 0, read.length, batch);
            assertEquals(1, batch.size());
            assertTrue(batch.more());
            assertNull(batch.error());
            limits.authenticated(true);
            batch.clear();
            assertEquals(read.length, decoder.decode(read, end, read.length, batch));
            assertEquals(2, batch.size());
            assertFalse(batch.more());
            assertEquals(later.length(), batch.wireLength(0));

            // The password was wrong: the same bytes are refused.
            decoder = new RequestDecoder(new RespLimits().authenticated(false));
            batch.clear();
            end = decoder.decode(read, 0, read.length, batch);
            batch.clear();
            decoder.decode(read, end, read.length, batch);
            assertEquals(0, batch.size());
            assertFalse(batch.more());
            assertTrue(batch.error().getMessage().contains("unauthenticated"));
        }
    }

    @Test
    void countsEveryByteOfTheWire() {
        byte[] read = bytes("\r\n*1\r\n$4\r\nPING\r\n\n*0\r\nPING\r\nGET \"a\"\r\n\r\n");
        RequestBatch batch = new RequestBatch();
        assertEquals(read.length, new RequestDecoder().decode(read, 0, read.length, batch));
        assertEquals(3, batch.size());
        assertEquals(16, batch.wireLength(0));
        assertEquals(16, batch.wireEnd(0));
        assertEquals(11, batch.wireLength(1));
        assertEquals(9, batch.wireLength(2));
        assertEquals(read.length - 2, batch.wireEnd(2));
        for (int most = 1; most < 12; most++) {
            assertEquals(
                    read.length - 2,
                    new RequestFeed().split(read, new Random(most), most).attributed());
        }
    }

    @Test
    void readsAMillionArgumentsInSmallReads() {
        byte[] head = bytes("*1000001\r\n$4\r\nMSET\r\n");
        byte[] wire = Arrays.copyOf(head, head.length + 1_000_000 * 8);
        for (int i = 0; i < 1_000_000; i++) {
            byte[] argument = bytes("$2\r\n" + (char) ('a' + i % 26) + (char) ('a' + i % 25) + "\r\n");
            System.arraycopy(argument, 0, wire, head.length + 8 * i, 8);
        }
        byte[] loop = new byte[256 * 1024];
        RequestDecoder decoder = new RequestDecoder();
        RequestBatch batch = new RequestBatch();
        int tail = 0;
        for (int at = 0; at < wire.length; ) {
            assertEquals(0, batch.size());
            int n = Math.min(1460, wire.length - at);
            System.arraycopy(wire, at, loop, tail, n);
            at += n;
            int end = decoder.decode(loop, 0, tail + n, batch);
            System.arraycopy(loop, end, loop, 0, tail + n - end);
            tail = tail + n - end;
            assertTrue(decoder.retainedBytes() <= 4L * at + 65536, "held: " + decoder.retainedBytes());
        }
        Arguments request = batch.get(0);
        assertEquals(1_000_001, request.count());
        for (int i = 0; i < 1_000_000; i += 997) {
            assertEquals("" + (char) ('a' + i % 26) + (char) ('a' + i % 25), request.text(i + 1));
        }
        assertEquals(wire.length, batch.wireLength(0));
        assertEquals(0, decoder.retainedBytes());
    }

    @Test
    void giantArgumentsComeInPiecesThatMayBeKept() {
        int length = 2 * RequestDecoder.PIECE_BYTES + 5;
        byte[] value = new byte[length];
        new Random(3).nextBytes(value);
        RequestDecoder decoder = new RequestDecoder();
        RequestBatch batch = new RequestBatch();
        byte[] head = bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + length + "\r\n");
        assertEquals(head.length, decoder.decode(head, 0, head.length, batch));
        assertTrue(decoder.midRequest());
        assertTrue(decoder.retainedBytes() < 65536);
        assertEquals(length, decoder.decode(value, 0, length, batch));
        byte[] end = bytes("\r\nPING\r\n");
        assertEquals(end.length, decoder.decode(end, 0, end.length, batch.size() == 0 ? clear(batch) : batch));
        assertEquals(2, batch.size());
        Arguments request = batch.get(0);
        assertNull(request.pieces(0));
        byte[][] pieces = request.pieces(2);
        assertEquals(3, pieces.length);
        assertEquals(RequestDecoder.PIECE_BYTES, pieces[0].length);
        assertEquals(RequestDecoder.PIECE_BYTES, pieces[1].length);
        assertEquals(5, pieces[2].length);
        assertArrayEquals(value, request.copy(2));
        assertArrayEquals(value, request.array(2));
        assertEquals(length, request.length(2));
        assertSame(request, request.detach());
        assertEquals("PING", batch.get(1).text(0));
    }

    private static RequestBatch clear(RequestBatch batch) {
        batch.clear();
        return batch;
    }

    @Test
    void detachesTheRestOfABatch() {
        String wire = "PING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nECHO \"x y\"\r\nset a b\r\n*x\r\n";
        byte[] read = bytes(wire);
        RequestBatch batch = new RequestBatch();
        new RequestDecoder().decode(read, 0, read.length, batch);
        Arguments kept = batch.copyOf(1);
        RequestBatch rest = batch.copyRest(1);
        RequestBatch none = batch.copyRest(4);
        String view = batch.get(3).toString();
        Arrays.fill(read, (byte) '!');
        batch.clear();
        assertEquals("[GET a]", kept.toString());
        assertEquals("[set a b]", view);
        assertEquals(3, rest.size());
        assertEquals("[GET a]", rest.get(0).toString());
        assertEquals("[ECHO x y]", rest.get(1).toString());
        assertEquals("[set a b]", rest.get(2).toString());
        assertEquals(20, rest.wireLength(0));
        assertEquals(20, rest.wireEnd(0));
        assertEquals("Protocol error: invalid multibulk length", rest.error().getMessage());
        assertEquals(0, none.size());
        assertEquals(1, rest.copyRest(2).size());
        assertEquals("[set a b]", rest.copyRest(2).get(0).toString());
    }

    @Test
    void aBatchOfManyRequestsOfEachKind() {
        StringBuilder wire = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            wire.append(
                    i % 3 == 0
                            ? "a " + i + "\n"
                            : i % 3 == 1
                                    ? "a \"" + i + "\"\n"
                                    : new String(RequestEncoder.encode("a", "" + i), StandardCharsets.ISO_8859_1));
        }
        RequestFeed feed = new RequestFeed().whole(bytes(wire.toString()));
        assertEquals(3000, feed.requests.size());
        for (int i = 0; i < 3000; i++) {
            assertEquals(List.of("a", "" + i), feed.requests.get(i));
        }
    }

    @Test
    void forgetsAnUnfinishedLineOnceItIsRead() {
        RequestFeed feed = new RequestFeed();
        feed.whole(bytes("*1\r\n$15\r")).whole(bytes("\n123456789012345\r\n*0\r\nPING\r\n"));
        assertEquals(List.of(List.of("123456789012345"), List.of("PING")), feed.requests);
    }
}
