package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;

/** A RESP3 double, and how the server wrote it. Immutable. */
public record DoubleRedisMessage(double value, String text) implements RedisMessage {}
