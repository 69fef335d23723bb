package io.kdb.resp;

import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import java.util.List;

/** A RESP3 push: no request asked for it. Owner: whoever received it. */
public final class PushRedisMessage extends ArrayRedisMessage {
    public PushRedisMessage(List<RedisMessage> children) {
        super(children);
    }
}
