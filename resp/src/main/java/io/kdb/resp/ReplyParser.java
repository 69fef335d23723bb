package io.kdb.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A server's bytes to whole replies: netty-codec-redis' messages for RESP2's types, ours for those of RESP3. Owner: one
 * connection's reader.
 *
 * <p>A state machine: the aggregates that are open are on a stack, each with the number of elements it lacks; a value that
 * is complete closes as many of them as it fills. A peer that lies about lengths gets no memory for it. Streamed strings
 * and aggregates ({@code $?}, {@code *?}), which Redis never sends, are refused.
 *
 * <p>Source: the <a href="https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md">RESP3
 * specification</a>.
 */
public final class ReplyParser {
    /** Nothing complete yet. */
    private static final RedisMessage INCOMPLETE = new RedisMessage() {};
    /** An aggregate has been opened, or a bulk begun. */
    private static final RedisMessage OPENED = new RedisMessage() {};

    private static final int MAX_NUMBER_CHARS = Numbers.MAX_LONG_CHARS + 1;
    /** An attribute's pairs have come, the reply they belong to has not. */
    private static final char ATTRIBUTED = 'a';

    /** An aggregate that lacks elements. */
    private static final class Open {
        private char type;
        private int missing;
        private final List<RedisMessage> children;
        private MapRedisMessage attributes;

        private Open(char type, int missing) {
            this.type = type;
            this.missing = missing;
            this.children = new ArrayList<>(Math.min(missing, 16));
        }
    }

    private final ReplyLimits limits;
    private final Deque<Open> open = new ArrayDeque<>();
    private int elements;
    /** The type of the bulk whose bytes come next, or 0. */
    private char bulkType;

    private int bulkLength;
    /** How many bytes of the current line have been searched for its end. */
    private int searched;

    private boolean failed;

    public ReplyParser(ReplyLimits limits) {
        this.limits = limits;
    }

    /**
     * The next reply, to be released by the caller, or null when its bytes have not all come. Reads no further than it
     * needs; throws {@link ProtocolError} once, and then skips whatever comes.
     */
    public RedisMessage next(ByteBuf in, ByteBufAllocator allocator) {
        if (failed) {
            in.skipBytes(in.readableBytes());
            return null;
        }
        boolean done = false;
        try {
            RedisMessage reply = reply(in, allocator);
            done = true;
            return reply;
        } finally {
            if (!done) {
                failed = true;
                release();
            }
        }
    }

    /** Whether a reply has begun and not ended. */
    public boolean midReply() {
        return !open.isEmpty() || bulkType != 0;
    }

    /** Releases the parts of an unfinished reply. */
    public void release() {
        for (Open aggregate : open) {
            aggregate.children.forEach(ReferenceCountUtil::release);
            ReferenceCountUtil.release(aggregate.attributes);
        }
        open.clear();
        bulkType = 0;
    }

    private RedisMessage reply(ByteBuf in, ByteBufAllocator allocator) {
        for (; ; ) {
            RedisMessage value = bulkType != 0 ? bulk(in, allocator) : line(in);
            if (value == INCOMPLETE) {
                return null;
            }
            if (value != OPENED) {
                RedisMessage reply = close(value);
                if (reply != null) {
                    elements = 0;
                    return reply;
                }
            }
        }
    }

    /** Puts a complete value where it belongs; returns the reply if that completes it, else null. */
    private RedisMessage close(RedisMessage complete) {
        RedisMessage value = complete;
        for (Open top = open.peek(); top != null; top = open.peek()) {
            top.children.add(value);
            if (--top.missing > 0) {
                return null;
            }
            if (top.type == '|') {
                awaitReply(top);
                return null;
            }
            open.pop();
            value = closed(top);
        }
        return value;
    }

    private static void awaitReply(Open attribute) {
        attribute.attributes = new MapRedisMessage(new ArrayList<>(attribute.children));
        attribute.children.clear();
        attribute.type = ATTRIBUTED;
        attribute.missing = 1;
    }

    private static RedisMessage closed(Open aggregate) {
        return switch (aggregate.type) {
            case '*' -> new ArrayRedisMessage(aggregate.children);
            case '%' -> new MapRedisMessage(aggregate.children);
            case '~' -> new SetRedisMessage(aggregate.children);
            case '>' -> new PushRedisMessage(aggregate.children);
            case ATTRIBUTED -> new AttributedRedisMessage(aggregate.attributes, aggregate.children.get(0));
            default -> throw new IllegalStateException("type: " + aggregate.type);
        };
    }

    private RedisMessage line(ByteBuf in) {
        int start = in.readerIndex();
        int window = (int) Math.min(in.readableBytes(), limits.lineBytes() + 3L);
        int end = in.indexOf(start + searched, start + window, (byte) '\n');
        if (end < 0) {
            if (in.readableBytes() > limits.lineBytes() + 2L) {
                throw new ProtocolError("too big reply line");
            }
            searched = window;
            return INCOMPLETE;
        }
        searched = 0;
        char type = (char) in.getUnsignedByte(start);
        if (end < start + 2 || in.getByte(end - 1) != '\r') {
            throw new ProtocolError("reply line without CRLF");
        }
        int length = end - 1 - (start + 1);
        RedisMessage value = value(type, in, start + 1, length);
        in.readerIndex(end + 1);
        return value;
    }

    private RedisMessage value(char type, ByteBuf in, int at, int length) {
        if (++elements > limits.elements()) {
            throw new ProtocolError("too many elements in a reply");
        }
        return switch (type) {
            case '+' -> new SimpleStringRedisMessage(in.toString(at, length, StandardCharsets.UTF_8));
            case '-' -> new ErrorRedisMessage(in.toString(at, length, StandardCharsets.UTF_8));
            case ':' -> new IntegerRedisMessage(number(in, at, length));
            case '$', '!', '=' -> bulkHeader(type, in, at, length);
            case '*', '%', '~', '>', '|' -> aggregate(type, in, at, length);
            case '_' -> nothing(length);
            case '#' -> bool(in, at, length);
            case ',' -> real(in.toString(at, length, StandardCharsets.ISO_8859_1));
            case '(' -> bigNumber(in.toString(at, length, StandardCharsets.ISO_8859_1));
            default -> throw new ProtocolError("unknown reply type '" + (type < ' ' ? ' ' : type) + "'");
        };
    }

    private RedisMessage bulkHeader(char type, ByteBuf in, int at, int length) {
        long n = announced(in, at, length);
        if (n == -1 && type == '$') {
            return FullBulkStringRedisMessage.NULL_INSTANCE;
        }
        if (n < 0 || n > limits.bulkBytes()) {
            throw new ProtocolError("invalid bulk length in a reply");
        }
        bulkType = type;
        bulkLength = (int) n;
        return OPENED;
    }

    private RedisMessage bulk(ByteBuf in, ByteBufAllocator allocator) {
        if (in.readableBytes() < bulkLength + 2L) {
            return INCOMPLETE;
        }
        int at = in.readerIndex();
        if (in.getByte(at + bulkLength) != '\r' || in.getByte(at + bulkLength + 1) != '\n') {
            throw new ProtocolError("bulk without CRLF in a reply");
        }
        RedisMessage value =
                switch (bulkType) {
                    case '$' ->
                        bulkLength == 0
                                ? FullBulkStringRedisMessage.EMPTY_INSTANCE
                                : new FullBulkStringRedisMessage(content(in, at, bulkLength, allocator));
                    case '!' -> new BulkErrorRedisMessage(in.toString(at, bulkLength, StandardCharsets.UTF_8));
                    default -> verbatim(in, at, allocator);
                };
        in.skipBytes(bulkLength + 2);
        bulkType = 0;
        return value;
    }

    private RedisMessage verbatim(ByteBuf in, int at, ByteBufAllocator allocator) {
        if (bulkLength < 4 || in.getByte(at + 3) != ':') {
            throw new ProtocolError("verbatim string without a format");
        }
        String format = in.toString(at, 3, StandardCharsets.ISO_8859_1);
        return new VerbatimRedisMessage(format, content(in, at + 4, bulkLength - 4, allocator));
    }

    private static ByteBuf content(ByteBuf in, int at, int length, ByteBufAllocator allocator) {
        return allocator.buffer(length, length).writeBytes(in, at, length);
    }

    private RedisMessage aggregate(char type, ByteBuf in, int at, int length) {
        long n = announced(in, at, length);
        if (n == -1 && type == '*') {
            return ArrayRedisMessage.NULL_INSTANCE;
        }
        boolean pairs = type == '%' || type == '|';
        if (n < 0 || n > limits.elements() / (pairs ? 2 : 1)) {
            throw new ProtocolError("invalid aggregate length in a reply");
        }
        if (n == 0 && type == '*') {
            return ArrayRedisMessage.EMPTY_INSTANCE;
        }
        Open aggregate = new Open(type, (int) n * (pairs ? 2 : 1));
        if (n == 0 && type != '|') {
            return closed(aggregate);
        }
        if (open.size() >= limits.depth()) {
            throw new ProtocolError("too deeply nested reply");
        }
        if (n == 0) {
            awaitReply(aggregate);
        }
        open.push(aggregate);
        return OPENED;
    }

    /** A length or count. */
    private static long announced(ByteBuf in, int at, int length) {
        if (length == 1 && in.getByte(at) == '?') {
            throw new ProtocolError("streamed replies are not supported");
        }
        return number(in, at, length);
    }

    private static long number(ByteBuf in, int at, int length) {
        if (length <= MAX_NUMBER_CHARS) {
            byte[] digits = new byte[length];
            in.getBytes(at, digits);
            int from = length > 1 && digits[0] == '+' && digits[1] != '-' ? 1 : 0;
            if (Numbers.isLong(digits, from, length - from)) {
                return Numbers.parseLong(digits, from, length - from);
            }
        }
        throw new ProtocolError("invalid number in a reply");
    }

    private static RedisMessage nothing(int length) {
        if (length != 0) {
            throw new ProtocolError("invalid null in a reply");
        }
        return NullRedisMessage.INSTANCE;
    }

    private static RedisMessage bool(ByteBuf in, int at, int length) {
        byte b = length == 1 ? in.getByte(at) : 0;
        if (b != 't' && b != 'f') {
            throw new ProtocolError("invalid boolean in a reply");
        }
        return new BooleanRedisMessage(b == 't');
    }

    private static RedisMessage real(String text) {
        return switch (text) {
            case "inf", "+inf" -> new DoubleRedisMessage(Double.POSITIVE_INFINITY, text);
            case "-inf" -> new DoubleRedisMessage(Double.NEGATIVE_INFINITY, text);
            case "nan", "-nan" -> new DoubleRedisMessage(Double.NaN, text);
            default -> new DoubleRedisMessage(finite(text), text);
        };
    }

    private static double finite(String text) {
        if (text.isEmpty() || !text.chars().allMatch(c -> (c >= '0' && c <= '9') || "+-.eE".indexOf(c) >= 0)) {
            throw new ProtocolError("invalid double in a reply");
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException malformed) {
            throw new ProtocolError("invalid double in a reply");
        }
    }

    private static RedisMessage bigNumber(String digits) {
        boolean signed = digits.startsWith("-") || digits.startsWith("+");
        String magnitude = signed ? digits.substring(1) : digits;
        if (magnitude.isEmpty() || !magnitude.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new ProtocolError("invalid big number in a reply");
        }
        return new BigNumberRedisMessage(digits);
    }
}
