package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;

/** A RESP3 error whose text may have several lines. Immutable. */
public record BulkErrorRedisMessage(String content) implements RedisMessage {}
