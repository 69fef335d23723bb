package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyRoundTripTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] written(boolean resp3, Consumer<ReplyWriter> replies) {
        ReplyWriter writer = new ReplyWriter(new ReplyBuffer(new ChunkPool(1 << 16)));
        writer.resp3(resp3);
        replies.accept(writer);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.buffer().drain(out::write);
        return out.toByteArray();
    }

    /** What messages show, in one notation for RESP2 and RESP3. */
    static String show(Object message) {
        if (message instanceof FullBulkStringRedisMessage bulk) {
            String format = bulk instanceof VerbatimRedisMessage verbatim ? verbatim.format() + ":" : "";
            return bulk.isNull() ? "null" : "'" + format + bulk.content().toString(StandardCharsets.ISO_8859_1) + "'";
        }
        if (message instanceof ArrayRedisMessage array) {
            if (array.isNull()) {
                return "null array";
            }
            String type = message instanceof MapRedisMessage
                    ? "M"
                    : message instanceof SetRedisMessage ? "S" : message instanceof PushRedisMessage ? "P" : "A";
            return array.children().stream()
                    .map(ReplyRoundTripTest::show)
                    .collect(Collectors.joining(" ", type + "[", "]"));
        }
        if (message instanceof SimpleStringRedisMessage simple) {
            return "+" + simple.content();
        }
        if (message instanceof ErrorRedisMessage error) {
            return "-" + error.content();
        }
        if (message instanceof IntegerRedisMessage integer) {
            return ":" + integer.value();
        }
        if (message instanceof AttributedRedisMessage attributed) {
            return show(attributed.attributes()) + "=>" + show(attributed.reply());
        }
        return message.toString();
    }

    private static List<String> decoded(byte[] wire, Random cuts, ChannelHandler... handlers) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = channel(allocator, handlers);
        for (int at = 0; at < wire.length; ) {
            int n = cuts == null ? wire.length : Math.min(wire.length - at, 1 + cuts.nextInt(9 + wire.length / 50));
            ByteBuf read = channel.alloc().buffer(n).writeBytes(wire, at, n);
            channel.writeInbound(read);
            at += n;
        }
        List<String> shown = new ArrayList<>();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            shown.add(show(message));
            ReferenceCountUtil.release(message);
        }
        assertFalse(channel.finish());
        assertNothingLeaked(allocator);
        return shown;
    }

    private static EmbeddedChannel channel(UnpooledByteBufAllocator allocator, ChannelHandler... handlers) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(handlers);
        return channel;
    }

    private static void assertNothingLeaked(UnpooledByteBufAllocator allocator) {
        assertEquals(0, allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory());
    }

    private static List<String> decoded(byte[] wire) {
        List<String> whole = decoded(wire, null, new ReplyDecoder());
        assertEquals(whole, decoded(wire, new Random(wire.length), new ReplyDecoder()));
        return whole;
    }

    private static List<String> decodedByNetty(byte[] wire) {
        return decoded(
                wire,
                null,
                new RedisDecoder(),
                new RedisBulkStringAggregator(),
                new RedisArrayAggregator(1 << 20, 128));
    }

    private static void everyType(ReplyWriter to) {
        to.ok();
        to.simple("PONG");
        to.simple("two\r\nlines");
        to.error("ERR no");
        for (long n : new long[] {0, 7, 10, -1, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE}) {
            to.integer(n);
        }
        to.bulk("");
        to.emptyBulk();
        to.bulk("text");
        to.bulk(12345);
        to.bulk(bytes("a\r\nb\0c"));
        to.bulk("x".repeat(5000));
        to.bulkHeader(6);
        to.append(bytes("ab"), 0, 2);
        to.append(bytes("xcdefx"), 1, 4);
        to.bulkEnd();
        to.nullBulk();
        to.nullArray();
        to.array(0);
        to.array(2);
        to.bulk("a");
        to.array(1);
        to.integer(1);
        to.map(2);
        to.bulk("k");
        to.integer(1);
        to.bulk("l");
        to.map(0);
        to.set(2);
        to.bulk("m");
        to.set(0);
        to.push(1);
        to.bulk("message");
        to.doubleValue(3.14);
        to.doubleValue(Double.NEGATIVE_INFINITY);
        to.humanDouble(3.5);
        to.bool(true);
        to.bool(false);
        to.bigNumber("1234567999999999999999999999999999999");
        to.verbatim("txt", bytes("Some\nlines"));
    }

    private static final List<String> COMMON = List.of(
            "+OK",
            "+PONG",
            "+two  lines",
            "-ERR no",
            ":0",
            ":7",
            ":10",
            ":-1",
            ":99",
            ":100",
            ":9223372036854775807",
            ":-9223372036854775808",
            "''",
            "''",
            "'text'",
            "'12345'",
            "'a\r\nb\0c'",
            "'" + "x".repeat(5000) + "'",
            "'abcdef'");

    private static List<String> after(String... rest) {
        List<String> all = new ArrayList<>(COMMON);
        all.addAll(Arrays.asList(rest));
        return all;
    }

    @Test
    void everyTypeOfResp2() {
        byte[] wire = written(false, ReplyRoundTripTest::everyType);
        List<String> expected = after(
                "null",
                "null array",
                "A[]",
                "A['a' A[:1]]",
                "A['k' :1 'l' A[]]",
                "A['m' A[]]",
                "A['message']",
                "'3.1400000000000001'",
                "'-inf'",
                "'3.5'",
                ":1",
                ":0",
                "'1234567999999999999999999999999999999'",
                "'Some\nlines'");
        assertEquals(expected, decoded(wire));
        assertEquals(expected, decodedByNetty(wire));
    }

    @Test
    void everyTypeOfResp3() {
        List<String> expected = after(
                "INSTANCE",
                "INSTANCE",
                "A[]",
                "A['a' A[:1]]",
                "M['k' :1 'l' M[]]",
                "S['m' S[]]",
                "P['message']",
                "DoubleRedisMessage[value=3.14, text=3.1400000000000001]",
                "DoubleRedisMessage[value=-Infinity, text=-inf]",
                "DoubleRedisMessage[value=3.5, text=3.5]",
                "BooleanRedisMessage[value=true]",
                "BooleanRedisMessage[value=false]",
                "BigNumberRedisMessage[digits=1234567999999999999999999999999999999]",
                "'txt:Some\nlines'");
        assertEquals(expected, decoded(written(true, ReplyRoundTripTest::everyType)));
    }

    @Test
    void attributesStandBeforeTheirReplyAtAnyDepth() {
        byte[] wire = written(true, to -> {
            to.attribute(1);
            to.bulk("ttl");
            to.integer(3);
            to.array(2);
            to.integer(1);
            to.attribute(0);
            to.integer(2);
        });
        assertEquals(List.of("M['ttl' :3]=>A[:1 M[]=>:2]"), decoded(wire));
        assertThrows(IllegalStateException.class, () -> written(false, to -> to.attribute(1)));
    }

    @Test
    void readsWhatOtherServersSend() {
        assertEquals(
                List.of(
                        "BulkErrorRedisMessage[content=SYNTAX invalid\nsyntax]",
                        ":5",
                        "DoubleRedisMessage[value=NaN, text=nan]"),
                decoded(bytes("!21\r\nSYNTAX invalid\nsyntax\r\n:+5\r\n,nan\r\n")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\r\n",
                "$?\r\n",
                "*?\r\n",
                "$-2\r\n",
                "$a\r\n",
                "$\r\n",
                "*-2\r\n",
                "%-1\r\n",
                "$1\r\nabc",
                "=3\r\nabc\r\n",
                "=5\r\ntxt-a\r\n",
                "#\r\n",
                "#x\r\n",
                "_x\r\n",
                ",\r\n",
                ",1f\r\n",
                ",0x1p3\r\n",
                ",--1\r\n",
                "(\r\n",
                "(1a\r\n",
                ":\r\n",
                ":1a\r\n",
                ":+-1\r\n",
                ":9223372036854775808\r\n",
                "+a\n",
                "\n",
                "*1000000000\r\n",
                "$536870913\r\n",
                "*1\r\n*1\r\nz\r\n"
            })
    void refusesMalformedReplies(String wire) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = channel(allocator, new ReplyDecoder());
        channel.writeInbound(Unpooled.copiedBuffer("*2\r\n$1\r\na\r\n", StandardCharsets.ISO_8859_1));
        DecoderException refused = assertThrows(
                DecoderException.class,
                () -> channel.writeInbound(Unpooled.copiedBuffer(wire, StandardCharsets.ISO_8859_1)));
        assertEquals(ProtocolError.class, refused.getCause().getClass());
        channel.writeInbound(Unpooled.copiedBuffer("+PONG\r\n", StandardCharsets.ISO_8859_1));
        assertNull(channel.readInbound());
        assertFalse(channel.finish());
        assertNothingLeaked(allocator);
    }

    @Test
    void refusesWhatExceedsItsLimits() {
        ReplyLimits small = new ReplyLimits(10, 4, 6, 2);
        for (String ok : List.of(
                "+123456789\r\n", "$4\r\nabcd\r\n", "*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "*1\r\n*1\r\n:1\r\n")) {
            assertEquals(1, decoded(bytes(ok), null, new ReplyDecoder(small)).size(), ok);
        }
        for (String bad : List.of(
                "+12345678901",
                "$5\r\n",
                "*7\r\n",
                "*3\r\n*2\r\n:1\r\n:1\r\n*2\r\n:1\r\n:1\r\n",
                "*1\r\n*1\r\n*1\r\n")) {
            assertThrows(
                    DecoderException.class, () -> decoded(bytes(bad + "........"), null, new ReplyDecoder(small)), bad);
        }
    }

    @Test
    void releasesAnUnfinishedReply() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = channel(allocator, new ReplyDecoder());
        channel.writeInbound(Unpooled.copiedBuffer(
                "|1\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$1\r\nc\r\n$9\r\nd", StandardCharsets.ISO_8859_1));
        assertFalse(channel.finish());
        assertNothingLeaked(allocator);
        ReplyParser parser = new ReplyParser(ReplyLimits.DEFAULT);
        ByteBuf in = Unpooled.copiedBuffer("*2\r\n:1\r\n", StandardCharsets.ISO_8859_1);
        assertNull(parser.next(in, channel.alloc()));
        assertTrue(parser.midReply());
        parser.release();
        assertFalse(parser.midReply());
        in.release();
    }

    @RepeatedTest(300)
    void readsRandomRepliesBack(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<String> expected = new ArrayList<>();
        byte[] wire = written(true, to -> {
            for (int i = 0; i < 20; i++) {
                expected.add(randomReply(to, random, 0));
            }
        });
        assertEquals(expected, decoded(wire, random, new ReplyDecoder()));
    }

    @RepeatedTest(300)
    void mutatedRepliesAreRefusedOrRead(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] wire = written(true, to -> {
            for (int i = 0; i < 10; i++) {
                randomReply(to, random, 0);
            }
        });
        for (int i = random.nextInt(5); i >= 0; i--) {
            wire[random.nextInt(wire.length)] = (byte) "\r\n$*:+-%~>|_#,(=!0123456789\0x".charAt(random.nextInt(28));
        }
        ReplyParser parser = new ReplyParser(ReplyLimits.DEFAULT);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        ByteBuf in = allocator.buffer().writeBytes(wire);
        try {
            RedisMessage reply = parser.next(in, in.alloc());
            while (reply != null) {
                ReferenceCountUtil.release(reply);
                reply = parser.next(in, in.alloc());
            }
        } catch (ProtocolError expected) {
            assertFalse(parser.midReply());
        }
        parser.release();
        in.release();
        assertNothingLeaked(allocator);
    }

    private static String randomReply(ReplyWriter to, Random random, int depth) {
        int kind = random.nextInt(depth < 4 ? 11 : 7);
        int n = random.nextInt(4);
        StringBuilder out = new StringBuilder();
        switch (kind) {
            case 0 -> {
                String text = Long.toString(random.nextLong(), 36);
                to.simple(text);
                return "+" + text;
            }
            case 1 -> {
                to.error("ERR " + n);
                return "-ERR " + n;
            }
            case 2 -> {
                long value = random.nextLong() >> random.nextInt(64);
                to.integer(value);
                return ":" + value;
            }
            case 3 -> {
                byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 40_000 : 40)];
                random.nextBytes(value);
                to.bulk(value);
                return "'" + new String(value, StandardCharsets.ISO_8859_1) + "'";
            }
            case 4 -> {
                to.nullBulk();
                return "INSTANCE";
            }
            case 5 -> {
                to.bool(n == 0);
                return new BooleanRedisMessage(n == 0).toString();
            }
            case 6 -> {
                double value = Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
                to.doubleValue(value);
                return new DoubleRedisMessage(value, DoublesTest.write(value)).toString();
            }
            case 7 -> to.array(n);
            case 8 -> to.map(n);
            case 9 -> to.set(n);
            default -> to.push(n);
        }
        int children = kind == 8 ? 2 * n : n;
        for (int i = 0; i < children; i++) {
            out.append(i == 0 ? "" : " ").append(randomReply(to, random, depth + 1));
        }
        return "AMSP".charAt(kind - 7) + "[" + out + "]";
    }
}
