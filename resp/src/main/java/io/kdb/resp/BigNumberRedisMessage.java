package io.kdb.resp;

import io.netty.handler.codec.redis.RedisMessage;

/** A RESP3 big number: the decimal digits of an integer of any size. Immutable. */
public record BigNumberRedisMessage(String digits) implements RedisMessage {}
