package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCountUtil;

/** A RESP3 reply with attributes before it; releasing it releases both. Owner: whoever received it. */
public final class AttributedRedisMessage extends AbstractReferenceCounted implements RedisMessage {
    private final MapRedisMessage attributes;
    private final RedisMessage reply;

    public AttributedRedisMessage(MapRedisMessage attributes, RedisMessage reply) {
        this.attributes = attributes;
        this.reply = reply;
    }

    public MapRedisMessage attributes() {
        return attributes;
    }

    public RedisMessage reply() {
        return reply;
    }

    @Override
    protected void deallocate() {
        attributes.release();
        ReferenceCountUtil.release(reply);
    }

    @Override
    public AttributedRedisMessage touch(Object hint) {
        attributes.touch(hint);
        ReferenceCountUtil.touch(reply, hint);
        return this;
    }
}
