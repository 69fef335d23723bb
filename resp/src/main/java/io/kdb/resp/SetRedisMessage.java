package io.kdb.resp;

import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import java.util.List;

/** A RESP3 set; read as an array it is what RESP2 would have sent. Owner: whoever received it. */
public final class SetRedisMessage extends ArrayRedisMessage {
    public SetRedisMessage(List<RedisMessage> children) {
        super(children);
    }
}
