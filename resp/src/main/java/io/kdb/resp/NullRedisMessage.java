package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;

/** RESP3's one null. */
public enum NullRedisMessage implements RedisMessage {
    INSTANCE
}
