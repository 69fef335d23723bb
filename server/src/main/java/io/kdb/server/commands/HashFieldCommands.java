package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HASH;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Getting and setting fields together with when they expire, and getting them a last time (Redis 8.0). */
public final class HashFieldCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("hgetdel", -5, key(1, RW, ACCESS, DELETE), HashFieldCommands::hgetdel, WRITE, FAST)
                    .in(HASH)
                    .elements(4, 1),
            row(
                            "hgetex",
                            -5,
                            key(1, RW, ACCESS, UPDATE).withNotes("RW and UPDATE because it changes the TTL"),
                            HashFieldCommands::hgetex,
                            WRITE,
                            FAST)
                    .in(HASH),
            row("hsetex", -6, key(1, RW, UPDATE), HashFieldCommands::hsetex, WRITE, DENYOOM, FAST)
                    .in(HASH));

    private static final CommandError BAD_COUNT = new CommandError("ERR invalid number of fields");
    private static final CommandError NO_TIME = new CommandError("ERR missing expire time");
    private static final CommandError TWO_CONDITIONS =
            new CommandError("ERR Only one of FXX or FNX arguments can be specified");
    private static final CommandError TWO_TIMES =
            new CommandError("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");

    private HashFieldCommands() {}

    // HGETDEL key FIELDS numfields field [field ...]
    private static void hgetdel(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        int first = FieldExpiry.fields(call, 2, FieldExpiry.COUNT_NOT_POSITIVE);
        int count = call.args().count();
        call.reply().array(count - first);
        FieldChanges changes = new FieldChanges(call, key);
        try {
            for (int i = first; i < count; i++) {
                HashValue hash = changes.find(i);
                if (hash == null) {
                    call.reply().nullBulk();
                } else {
                    hash.value().reply(call.reply());
                    changes.remove(i);
                }
            }
        } finally {
            changes.finish(HashValue.NO_EXPIRY, false);
        }
    }

    // HGETEX key [EX seconds | PX ms | EXAT ts | PXAT ts | PERSIST] FIELDS numfields field [field ...]
    private static void hgetex(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        boolean persist = args.is(2, "PERSIST");
        boolean timed = isTime(args, 2);
        long at = timed ? time(call, 2) : HashValue.NO_EXPIRY;
        int first = FieldExpiry.fields(call, timed ? 4 : persist ? 3 : 2, FieldExpiry.COUNT_NOT_POSITIVE);
        if (timed) {
            FieldExpiry.requireReplicas(call);
        }
        call.reply().array(args.count() - first);
        FieldChanges changes = new FieldChanges(call, key);
        try {
            for (int i = first; i < args.count(); i++) {
                HashValue hash = changes.find(i);
                if (hash == null) {
                    call.reply().nullBulk();
                    continue;
                }
                hash.value().reply(call.reply());
                if (persist) {
                    changes.persist(i);
                } else if (timed && call.isPast(at)) {
                    changes.remove(i);
                } else if (timed) {
                    changes.expireAt(i, at);
                }
            }
        } finally {
            changes.finish(at, false);
        }
    }

    private static boolean isTime(Arguments args, int arg) {
        return args.is(arg, "EX") || args.is(arg, "PX") || args.is(arg, "EXAT") || args.is(arg, "PXAT");
    }

    private static long time(Call call, int arg) {
        Arguments args = call.args();
        boolean relative = args.length(arg) == 2;
        return FieldExpiry.time(call, arg + 1, args.is(arg, "EX") || args.is(arg, "EXAT"), relative);
    }

    // HSETEX key [FNX | FXX] [EX seconds | PX ms | EXAT ts | PXAT ts | KEEPTTL] FIELDS numfields field value [field
    // value ...]
    private static void hsetex(Call call) {
        Arguments args = call.args();
        boolean ifNone = false;
        boolean ifAll = false;
        boolean keep = false;
        long at = HashValue.NO_EXPIRY;
        int i = 2;
        for (; i < args.count() && !args.is(i, "FIELDS"); i++) {
            if (args.is(i, "FNX") || args.is(i, "FXX")) {
                if (ifNone || ifAll) {
                    throw TWO_CONDITIONS;
                }
                ifNone = args.is(i, "FNX");
                ifAll = !ifNone;
            } else if (args.is(i, "KEEPTTL") || isTime(args, i)) {
                if (keep || at != HashValue.NO_EXPIRY) {
                    throw TWO_TIMES;
                }
                keep = args.is(i, "KEEPTTL");
                if (!keep) {
                    if (i + 1 == args.count()) {
                        throw NO_TIME;
                    }
                    at = time(call, i++);
                }
            } else {
                throw new CommandError("ERR unknown argument: " + Errors.clip(args.text(i), 128));
            }
        }
        int first = fieldsAndValues(call, i);
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        if (at != HashValue.NO_EXPIRY) {
            FieldExpiry.requireReplicas(call);
        }
        if (ifNone && hasAny(call, key, first) || ifAll && !hasAll(call, key, first)) {
            call.reply().integer(0);
            return;
        }
        if (at != HashValue.NO_EXPIRY && call.isPast(at)) {
            setAndRemove(call, key, first);
        } else {
            set(call, key, first, at, keep);
        }
        call.reply().integer(1);
    }

    private static int fieldsAndValues(Call call, int at) {
        Arguments args = call.args();
        if (at + 1 >= args.count()) {
            throw Errors.wrongArity(call.spec());
        }
        long count = call.integer(at + 1, 1, Integer.MAX_VALUE, BAD_COUNT);
        if (2 * count != args.count() - at - 2) {
            throw Errors.wrongArity(call.spec());
        }
        return at + 2;
    }

    private static boolean hasAny(Call call, KeyCursor key, int first) {
        HashValue hash = key.exists() ? key.hash() : null;
        for (int i = first; i < call.args().count() && hash != null; i += 2) {
            if (FieldExpiry.find(call, key, hash, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasAll(Call call, KeyCursor key, int first) {
        HashValue hash = key.exists() ? key.hash() : null;
        for (int i = first; i < call.args().count(); i += 2) {
            if (hash == null || !FieldExpiry.find(call, key, hash, i)) {
                return false;
            }
        }
        return true;
    }

    private static void set(Call call, KeyCursor key, int first, long at, boolean keep) {
        Arguments args = call.args();
        HashValue hash = key.hash();
        int fields = (args.count() - first) / 2;
        int[] positions = new int[fields];
        int set = 0;
        int timed = 0;
        try {
            while (set < fields) {
                int field = first + 2 * set;
                positions[set] = field;
                boolean keeps = keep && FieldExpiry.find(call, key, hash, field);
                if (!key.exists()) {
                    hash = key.hash();
                }
                hash.set(
                        args.array(field),
                        args.offset(field),
                        args.length(field),
                        args.array(field + 1),
                        args.offset(field + 1),
                        args.length(field + 1),
                        keeps);
                set++;
                if (at != HashValue.NO_EXPIRY) {
                    hash.find(args.array(field), args.offset(field), args.length(field));
                    hash.expireAt(at);
                    timed++;
                }
            }
        } finally {
            if (set > 0) {
                key.changed();
                call.changed(set - 1);
                if (!keep || !hash.hasExpiries()) {
                    logSet(call, first, set);
                } else if (set < fields) {
                    logKept(call, first, set);
                }
                key.event(KeyspaceEvents.HASH, "hset");
            }
            if (timed > 0) {
                HashExpiryCommands.log(call, Words.HPEXPIREAT, at, positions, timed);
                key.event(KeyspaceEvents.HASH, "hexpire");
            }
        }
    }

    private static void logSet(Call call, int first, int fields) {
        Arguments args = call.args();
        Effects effect = call.startEffect(2 + 2 * fields).argument(Words.HSET).argument(args, 1);
        for (int i = first; i < first + 2 * fields; i++) {
            effect.argument(args, i);
        }
    }

    private static void logKept(Call call, int first, int fields) {
        Arguments args = call.args();
        Effects effect = call.startEffect(5 + 2 * fields)
                .argument(Words.HSETEX)
                .argument(args, 1)
                .argument(Words.KEEPTTL)
                .argument(Words.FIELDS)
                .argument(fields);
        for (int i = first; i < first + 2 * fields; i++) {
            effect.argument(args, i);
        }
    }

    /** Fields whose time is over when they are set: they are gone at once. */
    private static void setAndRemove(Call call, KeyCursor key, int first) {
        FieldChanges changes = new FieldChanges(call, key);
        key.event(KeyspaceEvents.HASH, "hset");
        call.rewriteEffect();
        try {
            for (int i = first; i < call.args().count(); i += 2) {
                if (changes.find(i) != null) {
                    changes.remove(i);
                }
            }
        } finally {
            changes.finish(HashValue.NO_EXPIRY, false);
        }
    }
}
