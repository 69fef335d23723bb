package io.kdb.tools.client;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/** Turns received bytes into replies: netty-codec-redis, run in place without an event loop. Owner: its connection. */
final class ReplyReader {
    private static final int INLINE_LIMIT_BYTES = 64 * 1024;
    private static final int ELEMENT_LIMIT = 16 * 1024 * 1024;
    private static final int DEPTH_LIMIT = 128;

    private final EmbeddedChannel pipeline = new EmbeddedChannel(
            new RedisDecoder(INLINE_LIMIT_BYTES, io.netty.handler.codec.redis.FixedRedisMessagePool.INSTANCE),
            new RedisBulkStringAggregator(),
            new RedisArrayAggregator(ELEMENT_LIMIT, DEPTH_LIMIT));

    void add(byte[] bytes, int count) {
        pipeline.writeInbound(Unpooled.copiedBuffer(bytes, 0, count));
    }

    /** The next whole reply; null: more bytes are needed. */
    Reply next() {
        Object message = pipeline.readInbound();
        if (message == null) {
            return null;
        }
        try {
            return reply(message);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    void close() {
        pipeline.finishAndReleaseAll();
    }

    private static Reply reply(Object message) {
        if (message instanceof FullBulkStringRedisMessage bulk) {
            if (bulk.isNull()) {
                return new Reply.Null();
            }
            byte[] bytes = new byte[bulk.content().readableBytes()];
            bulk.content().getBytes(bulk.content().readerIndex(), bytes);
            return new Reply.Bulk(bytes);
        } else if (message instanceof SimpleStringRedisMessage status) {
            return new Reply.Status(status.content());
        } else if (message instanceof ErrorRedisMessage error) {
            return new Reply.Failure(error.content());
        } else if (message instanceof IntegerRedisMessage integer) {
            return new Reply.Int(integer.value());
        } else if (message instanceof ArrayRedisMessage array) {
            if (array.isNull()) {
                return new Reply.Null();
            }
            List<Reply> elements = new ArrayList<>(array.children().size());
            array.children().forEach(child -> elements.add(reply(child)));
            return Reply.array(elements);
        }
        throw new IllegalStateException("reply: " + message.getClass().getName() + " (expected: a RESP type)");
    }
}
