package io.kdb.resp;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;

/** A RESP3 verbatim string: text and its format, {@code txt} or {@code mkd}. Owner: whoever received it. */
public final class VerbatimRedisMessage extends FullBulkStringRedisMessage {
    private final String format;

    public VerbatimRedisMessage(String format, ByteBuf content) {
        super(content);
        this.format = format;
    }

    public String format() {
        return format;
    }

    @Override
    public VerbatimRedisMessage replace(ByteBuf content) {
        return new VerbatimRedisMessage(format, content);
    }
}
