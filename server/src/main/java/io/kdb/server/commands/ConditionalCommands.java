package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STRING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.Flag.VARIABLE_FLAGS;
import static io.kdb.server.dispatch.KeySpec.countedPairs;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import java.util.List;

/**
 * Commands newer than Redis 7.0 that look at strings before they change them: DELEX, DIGEST and MSETEX of Redis 8.4, DELIFEQ
 * of Valkey. The log gets commands of 7.0.
 */
public final class ConditionalCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("delex", -2, key(1, RW, DELETE, VARIABLE_FLAGS), ConditionalCommands::delex, WRITE, FAST)
                    .in(STRING),
            row("delifeq", 3, key(1, RW, ACCESS, DELETE), ConditionalCommands::delifeq, WRITE, FAST)
                    .in(STRING),
            row("digest", 2, key(1, RO, ACCESS), ConditionalCommands::digest, READONLY, FAST)
                    .in(STRING),
            row("msetex", -4, countedPairs(1, OW, UPDATE), ConditionalCommands::msetex, WRITE, DENYOOM)
                    .in(STRING));

    private static final CommandError NO_CONDITION =
            new CommandError("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    private static final CommandError NOT_A_STRING =
            new CommandError("ERR Key should be of string type if conditions are specified");
    private static final CommandError BAD_COUNT = new CommandError("ERR invalid numkeys value or out of range");
    private static final CommandError BAD_PAIRS = new CommandError("ERR wrong number of key-value pairs");
    private static final int FIRST_PAIR = 2;

    private ConditionalCommands() {}

    // DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]
    private static void delex(Call call) {
        Arguments args = call.args();
        if (args.count() != 2 && args.count() != 4) {
            throw Errors.wrongArity(call.spec());
        }
        KeyCursor key = call.write(1);
        boolean deletes = key.exists();
        if (args.count() == 4) {
            ValueCondition condition = ValueCondition.of(args, 2);
            if (condition == null) {
                throw NO_CONDITION;
            }
            if (deletes && !key.isString()) {
                throw NOT_A_STRING;
            }
            deletes = condition.holds(key, args, 3) && deletes;
        }
        delete(call, key, deletes);
    }

    // DELIFEQ key value
    private static void delifeq(Call call) {
        KeyCursor key = call.write(1).requireString();
        delete(call, key, key.exists() && ValueCondition.isEqual(key, call.args(), 2));
    }

    private static void delete(Call call, KeyCursor key, boolean deletes) {
        if (deletes) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
            call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
        }
        call.reply().integer(deletes ? 1 : 0);
    }

    // DIGEST key
    private static void digest(Call call) {
        KeyCursor key = call.read(1).requireString();
        if (key.exists()) {
            call.reply().bulk(ValueCondition.digest(key));
        } else {
            call.reply().nullBulk();
        }
    }

    // MSETEX numkeys key value [key value ...] [NX | XX] [EX seconds | PX ms | EXAT ts | PXAT ts | KEEPTTL]
    private static void msetex(Call call) {
        Arguments args = call.args();
        long count = call.integer(1, 1, Integer.MAX_VALUE, BAD_COUNT);
        if (count > (args.count() - FIRST_PAIR) / 2) {
            throw BAD_PAIRS;
        }
        int end = FIRST_PAIR + 2 * (int) count;
        int options = SetOptions.ofMsetEx(call, end);
        long expireAt = SetOptions.expireAt(call, options);
        for (int i = FIRST_PAIR; i < end; i += 2) {
            boolean exists = call.write(i).exists();
            if ((options & SetOptions.NX) != 0 && exists || (options & SetOptions.XX) != 0 && !exists) {
                call.reply().integer(0);
                return;
            }
        }
        for (int i = FIRST_PAIR; i < end; i += 2) {
            KeyCursor key = call.write(i);
            key.setString(args, i + 1, expireAt);
            key.event(KeyspaceEvents.STRING, "set");
            if (SetOptions.hasExpiry(options)) {
                key.event(KeyspaceEvents.GENERIC, "expire");
                call.startEffect(5)
                        .argument(Words.SET)
                        .argument(args, i)
                        .argument(args, i + 1)
                        .argument(Words.PXAT)
                        .argument(expireAt);
            } else {
                boolean keeps = (options & SetOptions.KEEP_TTL) != 0;
                var effect = call.startEffect(keeps ? 4 : 3)
                        .argument(Words.SET)
                        .argument(args, i)
                        .argument(args, i + 1);
                if (keeps) {
                    effect.argument(Words.KEEPTTL);
                }
            }
        }
        call.reply().integer(1);
    }
}
