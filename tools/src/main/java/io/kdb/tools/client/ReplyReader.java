package io.kdb.tools.client;

import io.kdb.resp.AttributedRedisMessage;
import io.kdb.resp.BigNumberRedisMessage;
import io.kdb.resp.BooleanRedisMessage;
import io.kdb.resp.BulkErrorRedisMessage;
import io.kdb.resp.DoubleRedisMessage;
import io.kdb.resp.MapRedisMessage;
import io.kdb.resp.NullRedisMessage;
import io.kdb.resp.ProtocolError;
import io.kdb.resp.PushRedisMessage;
import io.kdb.resp.ReplyLimits;
import io.kdb.resp.ReplyParser;
import io.kdb.resp.SetRedisMessage;
import io.kdb.resp.VerbatimRedisMessage;
import io.kdb.tools.client.Reply.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Turns received bytes into replies. Owner: its connection. */
final class ReplyReader implements Closeable {
    private static final int KEPT_BYTES = 1 << 20;

    private final ReplyParser parser = new ReplyParser(ReplyLimits.DEFAULT);
    private ByteBuf received = UnpooledByteBufAllocator.DEFAULT.heapBuffer();

    void add(byte[] bytes, int count) {
        if (!received.isReadable()) {
            if (received.capacity() > KEPT_BYTES) {
                received.release();
                received = UnpooledByteBufAllocator.DEFAULT.heapBuffer();
            }
            received.clear();
        } else {
            received.discardSomeReadBytes();
        }
        received.writeBytes(bytes, 0, count);
    }

    /** The next whole reply; null: more bytes are needed. */
    Reply next() throws ProtocolError {
        RedisMessage message = parser.next(received, UnpooledByteBufAllocator.DEFAULT);
        if (message == null) {
            return null;
        }
        try {
            return reply(message);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void close() {
        parser.release();
        received.release();
    }

    private static Reply reply(RedisMessage message) {
        if (message instanceof ArrayRedisMessage array) {
            return array.isNull() ? new Reply.Null() : aggregate(array);
        } else if (message instanceof FullBulkStringRedisMessage bulk) {
            return bulk.isNull() ? new Reply.Null() : bulk(bulk);
        } else if (message instanceof SimpleStringRedisMessage status) {
            return new Reply.Status(status.content());
        } else if (message instanceof ErrorRedisMessage error) {
            return new Reply.Failure(error.content());
        } else if (message instanceof IntegerRedisMessage integer) {
            return new Reply.Int(integer.value());
        } else if (message instanceof NullRedisMessage) {
            return new Reply.Null();
        } else if (message instanceof BooleanRedisMessage bool) {
            return new Reply.Bool(bool.value());
        } else if (message instanceof DoubleRedisMessage decimal) {
            return new Reply.Decimal(decimal.text());
        } else if (message instanceof BigNumberRedisMessage number) {
            return new Reply.BigNumber(number.digits());
        } else if (message instanceof BulkErrorRedisMessage error) {
            return new Reply.Failure(error.content());
        } else if (message instanceof AttributedRedisMessage attributed) {
            return reply(attributed.reply());
        }
        throw new IllegalStateException("reply: " + message.getClass().getName() + " (expected: a RESP type)");
    }

    private static Reply aggregate(ArrayRedisMessage array) {
        List<Reply> elements = new ArrayList<>(array.children().size());
        array.children().forEach(child -> elements.add(reply(child)));
        Kind kind = Kind.ARRAY;
        if (array instanceof MapRedisMessage) {
            kind = Kind.MAP;
        } else if (array instanceof SetRedisMessage) {
            kind = Kind.SET;
        } else if (array instanceof PushRedisMessage) {
            kind = Kind.PUSH;
        }
        return new Reply.Aggregate(kind, List.copyOf(elements));
    }

    private static Reply bulk(FullBulkStringRedisMessage bulk) {
        if (bulk instanceof VerbatimRedisMessage verbatim) {
            return new Reply.Verbatim(verbatim.format(), bulk.content().toString(StandardCharsets.UTF_8));
        }
        byte[] bytes = new byte[bulk.content().readableBytes()];
        bulk.content().getBytes(bulk.content().readerIndex(), bytes);
        return new Reply.Bulk(bytes);
    }
}
