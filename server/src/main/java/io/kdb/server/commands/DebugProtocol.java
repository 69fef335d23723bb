package io.kdb.server.commands;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.CommandError;
import java.nio.charset.StandardCharsets;

/** DEBUG PROTOCOL: a reply of each type, for those who write clients. Stateless. */
final class DebugProtocol {
    private static final CommandError WRONG_TYPE = new CommandError(
            "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|"
                    + "array|set|map|attrib|push|verbatim|true|false");
    private static final CommandError NEEDS_RESP3 = new CommandError("ERR RESP2 is not supported by this command");

    private DebugProtocol() {}

    static void reply(ReplyWriter reply, String type) {
        switch (type.toLowerCase(java.util.Locale.ROOT)) {
            case "string" -> reply.bulk("Hello World");
            case "integer" -> reply.integer(12345);
            case "double" -> reply.doubleValue(3.141);
            case "null" -> reply.nullBulk();
            case "array" -> {
                reply.array(3);
                numbers(reply);
            }
            case "set" -> {
                reply.set(3);
                numbers(reply);
            }
            case "map" -> {
                reply.map(3);
                for (int i = 0; i < 3; i++) {
                    reply.integer(i);
                    reply.bool(i == 1);
                }
            }
            case "attrib" -> {
                if (reply.resp3()) {
                    reply.attribute(1);
                    reply.bulk("key-popularity");
                    reply.array(2);
                    reply.bulk("key:123");
                    reply.integer(90);
                }
                reply.bulk("Some real reply following the attribute");
            }
            case "push" -> {
                if (!reply.resp3()) {
                    throw NEEDS_RESP3;
                }
                reply.push(2);
                reply.bulk("server-cpu-usage");
                reply.integer(42);
                reply.bulk("Some real reply following the push reply");
            }
            case "verbatim" -> reply.verbatim("txt", "This is a verbatim\nstring".getBytes(StandardCharsets.US_ASCII));
            case "true" -> reply.bool(true);
            case "false" -> reply.bool(false);
            case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
            default -> throw WRONG_TYPE;
        }
    }

    private static void numbers(ReplyWriter reply) {
        for (int i = 0; i < 3; i++) {
            reply.integer(i);
        }
    }
}
