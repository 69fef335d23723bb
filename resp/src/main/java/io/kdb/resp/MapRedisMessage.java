package io.kdb.resp;

import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import java.util.List;

/**
 * A RESP3 map in the order it was sent; read as an array (key, value, key, ...) it is what RESP2 would have sent. Owner:
 * whoever received it.
 */
public final class MapRedisMessage extends ArrayRedisMessage {
    /** Keys and values alternate. */
    public MapRedisMessage(List<RedisMessage> keysAndValues) {
        super(keysAndValues);
    }

    /** How many pairs. */
    public int size() {
        return children().size() / 2;
    }

    public RedisMessage key(int i) {
        return children().get(2 * i);
    }

    public RedisMessage value(int i) {
        return children().get(2 * i + 1);
    }
}
