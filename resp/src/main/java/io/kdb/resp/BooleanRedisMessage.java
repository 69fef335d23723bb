package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;

/** A RESP3 boolean. Immutable. */
public record BooleanRedisMessage(boolean value) implements RedisMessage {}
