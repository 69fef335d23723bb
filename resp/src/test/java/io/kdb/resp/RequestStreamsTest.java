package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Random streams, with netty-codec-redis as the oracle where they are valid and with each other where they are not. */
class RequestStreamsTest {
    /** Beyond four times what arrived: the first chunk or piece, and what a decoder keeps between requests. */
    private static final int CONSTANT_BYTES = 64 * 1024;

    private static final int STREAMS_PER_REPETITION = 100;

    @RepeatedTest(100)
    void agreesWithNettyOnRandomStreams(RepetitionInfo repetition) {
        // What leaks shows in its metric; to record each access besides would take most of the time.
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        EmbeddedChannel netty = new EmbeddedChannel();
        netty.config().setAllocator(allocator);
        netty.pipeline()
                .addLast(new RedisDecoder(true), new RedisBulkStringAggregator(), new RedisArrayAggregator(1 << 20, 8));
        RequestFeed feed = new RequestFeed();
        for (int i = 0; i < STREAMS_PER_REPETITION; i++) {
            Random random = new Random(repetition.getCurrentRepetition() * 1000L + i);
            byte[] wire = stream(random, 1 + random.nextInt(8));
            ByteBuf read = allocator.buffer(wire.length).writeBytes(wire);
            netty.writeInbound(read);
            feed.requests.clear();
            feed.split(wire, random, most(wire, random));
            assertEquals(decodedBy(netty), feed.requests, () -> "seed " + repetition.getCurrentRepetition());
            assertNull(feed.error);
            assertEquals(0, feed.tail());
            assertTrue(feed.worstExcess <= CONSTANT_BYTES, () -> "held: " + feed.worstExcess);
        }
        netty.finish();
        assertEquals(0, allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory());
    }

    /** The longest read: single bytes for short streams, and always so few that a test is quick. */
    private static int most(byte[] wire, Random random) {
        return 1 + wire.length / 1000 + random.nextInt(1 + wire.length);
    }

    private static List<List<String>> decodedBy(EmbeddedChannel netty) {
        List<List<String>> requests = new ArrayList<>();
        for (Object message = netty.readInbound(); message != null; message = netty.readInbound()) {
            if (message instanceof InlineCommandRedisMessage inline) {
                requests.add(List.of(inline.content().split(" ")));
            } else {
                requests.add(((ArrayRedisMessage) message)
                        .children().stream()
                                .map(child -> ((FullBulkStringRedisMessage) child)
                                        .content()
                                        .toString(StandardCharsets.ISO_8859_1))
                                .toList());
            }
            ReferenceCountUtil.release(message);
        }
        return requests;
    }

    static byte[] stream(Random random, int requests) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int r = 0; r < requests; r++) {
            if (random.nextInt(5) == 0) {
                wire.writeBytes("GET key:12\r\n".repeat(random.nextInt(2) + 1).getBytes(StandardCharsets.ISO_8859_1));
                continue;
            }
            int size = random.nextInt(1000);
            byte[][] arguments = new byte[size == 0 ? 600 : size < 30 ? 40 : 1 + random.nextInt(4)][];
            for (int i = 0; i < arguments.length; i++) {
                int kind = arguments.length > 4 ? 99 : random.nextInt(200);
                arguments[i] = new byte
                        [kind == 0 ? random.nextInt(200_000) : kind < 10 ? random.nextInt(3000) : random.nextInt(20)];
                random.nextBytes(arguments[i]);
            }
            wire.writeBytes(RequestEncoder.encode(arguments));
        }
        return wire.toByteArray();
    }

    @RepeatedTest(1000)
    void randomBytesAreRefusedOrReadTheSameHoweverCut(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] wire = new byte[random.nextInt(400)];
        String alphabet = "*$\r\n0123456789-ab\"' \\x\0";
        for (int i = 0; i < wire.length; i++) {
            wire[i] = (byte)
                    (random.nextInt(50) == 0 ? random.nextInt() : alphabet.charAt(random.nextInt(alphabet.length())));
        }
        assertSameHoweverCut(wire, random);
    }

    @RepeatedTest(1000)
    void mutatedStreamsAreRefusedOrReadTheSameHoweverCut(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] wire = stream(random, 1 + random.nextInt(5));
        for (int i = random.nextInt(6); i > 0; i--) {
            int at = random.nextInt(Math.min(wire.length, 200));
            wire[at] = (byte) (random.nextBoolean() ? random.nextInt() : "*$\r\n09-\"".charAt(random.nextInt(8)));
        }
        assertSameHoweverCut(wire, random);
    }

    private static void assertSameHoweverCut(byte[] wire, Random random) {
        RequestFeed whole = new RequestFeed().whole(wire);
        RequestFeed cut = new RequestFeed().split(wire, random, most(wire, random));
        assertSame(whole, cut);
        if (wire.length < 2000) {
            assertSame(whole, new RequestFeed().byteByByte(wire));
        }
    }

    private static void assertSame(RequestFeed whole, RequestFeed cut) {
        assertEquals(whole.requests, cut.requests);
        assertEquals(whole.attributed(), cut.attributed());
        assertEquals(String.valueOf(whole.error), String.valueOf(cut.error));
        assertTrue(whole.worstExcess <= CONSTANT_BYTES, () -> "held: " + whole.worstExcess);
        assertTrue(cut.worstExcess <= CONSTANT_BYTES, () -> "held: " + cut.worstExcess);
    }
}
