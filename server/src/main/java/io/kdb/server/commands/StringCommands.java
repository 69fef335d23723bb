package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STRING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.Flag.VARIABLE_FLAGS;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.StoreFull;
import java.util.List;

/** Getting and setting whole strings. */
public final class StringCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("get", 2, key(1, RO, ACCESS), StringCommands::get, READONLY, FAST)
                    .in(STRING),
            row(
                            "set",
                            -3,
                            key(1, RW, ACCESS, UPDATE, VARIABLE_FLAGS)
                                    .withNotes("RW and ACCESS due to the optional `GET` argument"),
                            StringCommands::set,
                            WRITE,
                            DENYOOM)
                    .in(STRING),
            row("setnx", 3, key(1, OW, INSERT), StringCommands::setnx, WRITE, DENYOOM, FAST)
                    .in(STRING),
            row("setex", 4, key(1, OW, UPDATE), StringCommands::setex, WRITE, DENYOOM)
                    .in(STRING),
            row("psetex", 4, key(1, OW, UPDATE), StringCommands::psetex, WRITE, DENYOOM)
                    .in(STRING),
            row("getset", 3, key(1, RW, ACCESS, UPDATE), StringCommands::getset, WRITE, DENYOOM, FAST)
                    .in(STRING),
            row("getdel", 2, key(1, RW, ACCESS, DELETE), StringCommands::getdel, WRITE, FAST)
                    .in(STRING),
            row(
                            "getex",
                            -2,
                            key(1, RW, ACCESS, UPDATE).withNotes("RW and UPDATE because it changes the TTL"),
                            StringCommands::getex,
                            WRITE,
                            FAST)
                    .in(STRING),
            row("mget", -2, keys(1, -1, 1, RO, ACCESS), StringCommands::mget, READONLY, FAST)
                    .in(STRING),
            row("mset", -3, keys(1, -1, 2, OW, UPDATE), StringCommands::mset, WRITE, DENYOOM)
                    .in(STRING),
            row("msetnx", -3, keys(1, -1, 2, OW, INSERT), StringCommands::msetnx, WRITE, DENYOOM)
                    .in(STRING));

    private StringCommands() {}

    // GET key
    private static void get(Call call) {
        replyOrNull(call, call.read(1).requireString());
    }

    private static void replyOrNull(Call call, KeyCursor key) {
        if (key.exists()) {
            key.replyValue(call.reply());
        } else {
            call.reply().nullBulk();
        }
    }

    // SET key value [NX | XX | IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] [GET]
    //      [EX seconds | PX ms | EXAT ts | PXAT ts | KEEPTTL]
    private static void set(Call call) {
        Arguments args = call.args();
        if (args.count() == 3) {
            KeyCursor plain = call.write(1);
            plain.setString(args, 2, KeyCursor.NO_EXPIRY);
            plain.event(KeyspaceEvents.STRING, "set");
            call.reply().ok();
            return;
        }
        int options = SetOptions.ofSet(call);
        long expireAt = SetOptions.expireAt(call, options);
        boolean get = (options & SetOptions.GET) != 0;
        KeyCursor key = get ? call.read(1).requireString() : call.write(1);
        if (get) {
            replyOrNull(call, key);
        }
        boolean compared = (options & SetOptions.IF_VALUE) != 0;
        boolean refused = (options & SetOptions.NX) != 0 && key.exists()
                || (options & SetOptions.XX) != 0 && !key.exists()
                || compared && !holds(call, key.requireString());
        if (!refused) {
            key.setString(args, 2, expireAt);
            key.event(KeyspaceEvents.STRING, "set");
            if (SetOptions.hasExpiry(options)) {
                key.event(KeyspaceEvents.GENERIC, "expire");
                logSetWithExpiry(call, 2, expireAt);
            } else if (get || compared) {
                logSet(call, (options & SetOptions.KEEP_TTL) != 0);
            }
        }
        if (!get) {
            if (refused) {
                call.reply().nullBulk();
            } else {
                call.reply().ok();
            }
        }
    }

    private static boolean holds(Call call, KeyCursor key) {
        int at = SetOptions.conditionAt(call.args());
        return ValueCondition.of(call.args(), at).holds(key, call.args(), at + 1);
    }

    private static void logSetWithExpiry(Call call, int valueArg, long expireAt) {
        call.startEffect(5)
                .argument(Words.SET)
                .argument(call.args(), 1)
                .argument(call.args(), valueArg)
                .argument(Words.PXAT)
                .argument(expireAt);
    }

    private static void logSet(Call call, boolean keepTtl) {
        Effects effect = call.startEffect(keepTtl ? 4 : 3)
                .argument(Words.SET)
                .argument(call.args(), 1)
                .argument(call.args(), 2);
        if (keepTtl) {
            effect.argument(Words.KEEPTTL);
        }
    }

    // SETNX key value
    private static void setnx(Call call) {
        KeyCursor key = call.write(1);
        boolean absent = !key.exists();
        if (absent) {
            key.setString(call.args(), 2, KeyCursor.NO_EXPIRY);
            key.event(KeyspaceEvents.STRING, "set");
        }
        call.reply().integer(absent ? 1 : 0);
    }

    // SETEX key seconds value
    private static void setex(Call call) {
        setWithTtl(call, true);
    }

    // PSETEX key ms value
    private static void psetex(Call call) {
        setWithTtl(call, false);
    }

    private static void setWithTtl(Call call, boolean seconds) {
        long expireAt = SetOptions.expireAt(call, 2, seconds, true);
        KeyCursor key = call.write(1);
        key.setString(call.args(), 3, expireAt);
        key.event(KeyspaceEvents.STRING, "set");
        key.event(KeyspaceEvents.GENERIC, "expire");
        logSetWithExpiry(call, 3, expireAt);
        call.reply().ok();
    }

    // GETSET key value
    private static void getset(Call call) {
        KeyCursor key = call.read(1).requireString();
        replyOrNull(call, key);
        key.setString(call.args(), 2, KeyCursor.NO_EXPIRY);
        key.event(KeyspaceEvents.STRING, "set");
        logSet(call, false);
    }

    // GETDEL key
    private static void getdel(Call call) {
        KeyCursor key = call.read(1).requireString();
        replyOrNull(call, key);
        if (key.exists()) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
            call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
        }
    }

    // GETEX key [EX seconds | PX ms | EXAT ts | PXAT ts | PERSIST]
    private static void getex(Call call) {
        int options = SetOptions.ofGetEx(call);
        KeyCursor key = call.read(1).requireString();
        if (!key.exists()) {
            call.reply().nullBulk();
            return;
        }
        long expireAt = SetOptions.expireAt(call, options);
        key.replyValue(call.reply());
        boolean absolute = (options & (SetOptions.EX_AT | SetOptions.PX_AT)) != 0;
        if (absolute && call.isPast(expireAt)) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
            call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
        } else if (SetOptions.hasExpiry(options)) {
            key.expireAt(expireAt);
            key.event(KeyspaceEvents.GENERIC, "expire");
            call.startEffect(3)
                    .argument(Words.PEXPIREAT)
                    .argument(call.args(), 1)
                    .argument(expireAt);
        } else if ((options & SetOptions.PERSIST) != 0 && key.expireAt() != KeyCursor.NO_EXPIRY) {
            key.expireAt(KeyCursor.NO_EXPIRY);
            key.event(KeyspaceEvents.GENERIC, "persist");
            call.startEffect(2).argument(Words.PERSIST).argument(call.args(), 1);
        }
    }

    // MGET key [key ...]
    private static void mget(Call call) {
        int count = call.args().count();
        call.reply().array(count - 1);
        for (int i = 1; i < count; i++) {
            KeyCursor key = call.read(i);
            if (key.isString()) {
                key.replyValue(call.reply());
            } else {
                call.reply().nullBulk();
            }
        }
    }

    // MSET key value [key value ...]
    private static void mset(Call call) {
        requirePairs(call);
        setAll(call);
        call.reply().ok();
    }

    // MSETNX key value [key value ...]
    private static void msetnx(Call call) {
        requirePairs(call);
        for (int i = 1; i < call.args().count(); i += 2) {
            if (call.write(i).exists()) {
                call.reply().integer(0);
                return;
            }
        }
        setAll(call);
        call.reply().integer(1);
    }

    private static void requirePairs(Call call) {
        if (call.args().count() % 2 == 0) {
            throw Errors.wrongArity(call.spec());
        }
    }

    private static void setAll(Call call) {
        Arguments args = call.args();
        int i = 1;
        try {
            for (; i < args.count(); i += 2) {
                KeyCursor key = call.write(i);
                key.setString(args, i + 1, KeyCursor.NO_EXPIRY);
                key.event(KeyspaceEvents.STRING, "set");
            }
        } catch (StoreFull full) {
            // The client gets an error, but what has been set stays set, so replicas must hear of it.
            for (int done = 1; done < i; done += 2) {
                call.startEffect(3).argument(Words.SET).argument(args, done).argument(args, done + 1);
            }
            throw full;
        }
    }
}
