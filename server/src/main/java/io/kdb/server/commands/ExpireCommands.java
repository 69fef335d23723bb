package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import java.util.List;

/** When keys expire. */
public final class ExpireCommands {
    public static final List<CommandSpec> TABLE = List.of(
            setter("expire", ExpireCommands::expire),
            setter("pexpire", ExpireCommands::pexpire),
            setter("expireat", ExpireCommands::expireat),
            setter("pexpireat", ExpireCommands::pexpireat),
            getter("ttl", ExpireCommands::ttl),
            getter("pttl", ExpireCommands::pttl),
            getter("expiretime", ExpireCommands::expiretime),
            getter("pexpiretime", ExpireCommands::pexpiretime),
            row("persist", 2, key(1, RW, UPDATE), ExpireCommands::persist, WRITE, FAST)
                    .in(KEYSPACE));

    private static final int NX = 1;
    private static final int XX = 2;
    private static final int GT = 4;
    private static final int LT = 8;

    private static final CommandError NX_WITH_OTHERS =
            new CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
    private static final CommandError GT_WITH_LT =
            new CommandError("ERR GT and LT options at the same time are not compatible");

    private static final int NO_KEY = -2;

    private ExpireCommands() {}

    private static CommandSpec setter(String name, CommandFunction function) {
        return row(name, -3, key(1, RW, UPDATE), function, WRITE, FAST).in(KEYSPACE);
    }

    private static CommandSpec getter(String name, CommandFunction function) {
        return row(name, 2, key(1, RO, ACCESS), function, READONLY, FAST).in(KEYSPACE);
    }

    // EXPIRE key seconds [NX | XX | GT | LT]
    private static void expire(Call call) {
        setExpiry(call, true, call.nowMs());
    }

    // PEXPIRE key ms [NX | XX | GT | LT]
    private static void pexpire(Call call) {
        setExpiry(call, false, call.nowMs());
    }

    // EXPIREAT key ts [NX | XX | GT | LT]
    private static void expireat(Call call) {
        setExpiry(call, true, 0);
    }

    // PEXPIREAT key ms-ts [NX | XX | GT | LT]
    private static void pexpireat(Call call) {
        setExpiry(call, false, 0);
    }

    private static void setExpiry(Call call, boolean seconds, long base) {
        int options = options(call.args());
        long at = expiry(call, seconds, base);
        KeyCursor key = call.write(1);
        if (!key.exists() || !allows(options, key.expireAt(), at)) {
            call.reply().integer(0);
            return;
        }
        if (call.isPast(at)) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
            call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
        } else {
            key.expireAt(at);
            key.event(KeyspaceEvents.GENERIC, "expire");
            call.startEffect(3)
                    .argument(Words.PEXPIREAT)
                    .argument(call.args(), 1)
                    .argument(at);
        }
        call.reply().integer(1);
    }

    private static int options(Arguments args) {
        int options = 0;
        for (int i = 3; i < args.count(); i++) {
            if (args.is(i, "NX")) {
                options |= NX;
            } else if (args.is(i, "XX")) {
                options |= XX;
            } else if (args.is(i, "GT")) {
                options |= GT;
            } else if (args.is(i, "LT")) {
                options |= LT;
            } else {
                throw unsupported(args.text(i));
            }
        }
        if ((options & NX) != 0 && options != NX) {
            throw NX_WITH_OTHERS;
        }
        if ((options & GT) != 0 && (options & LT) != 0) {
            throw GT_WITH_LT;
        }
        return options;
    }

    /** Redis shows the option as C does: up to a zero byte. */
    private static CommandError unsupported(String option) {
        int end = option.indexOf('\0');
        return new CommandError("ERR Unsupported option " + (end < 0 ? option : option.substring(0, end)));
    }

    /** Argument 2 as milliseconds since 1970; it may be negative but must not overflow. */
    private static long expiry(Call call, boolean seconds, long base) {
        long value = call.integer(2);
        if (seconds && (value > Long.MAX_VALUE / 1000 || value < Long.MIN_VALUE / 1000)) {
            throw Errors.invalidExpire(call.spec());
        }
        long ms = seconds ? value * 1000 : value;
        if (ms > Long.MAX_VALUE - base) {
            throw Errors.invalidExpire(call.spec());
        }
        return ms + base;
    }

    /** A key without expiry counts as one that lives for ever. */
    private static boolean allows(int options, long current, long wanted) {
        boolean none = current == KeyCursor.NO_EXPIRY;
        if ((options & NX) != 0 && !none || (options & XX) != 0 && none) {
            return false;
        }
        if ((options & GT) != 0 && (none || wanted <= current)) {
            return false;
        }
        return (options & LT) == 0 || none || wanted < current;
    }

    // TTL key
    private static void ttl(Call call) {
        replyExpiry(call, true, call.nowMs());
    }

    // PTTL key
    private static void pttl(Call call) {
        replyExpiry(call, false, call.nowMs());
    }

    // EXPIRETIME key
    private static void expiretime(Call call) {
        replyExpiry(call, true, 0);
    }

    // PEXPIRETIME key
    private static void pexpiretime(Call call) {
        replyExpiry(call, false, 0);
    }

    private static void replyExpiry(Call call, boolean seconds, long base) {
        KeyCursor key = call.glance(1);
        long reply = NO_KEY;
        if (key.exists()) {
            reply = key.expireAt();
            if (reply != KeyCursor.NO_EXPIRY) {
                reply = Math.max(0, reply - base);
                reply = seconds ? reply / 1000 + (reply % 1000 + 500) / 1000 : reply;
            }
        }
        call.reply().integer(reply);
    }

    // PERSIST key
    private static void persist(Call call) {
        KeyCursor key = call.write(1);
        boolean expires = key.exists() && key.expireAt() != KeyCursor.NO_EXPIRY;
        if (expires) {
            key.expireAt(KeyCursor.NO_EXPIRY);
            key.event(KeyspaceEvents.GENERIC, "persist");
        }
        call.reply().integer(expires ? 1 : 0);
    }
}
