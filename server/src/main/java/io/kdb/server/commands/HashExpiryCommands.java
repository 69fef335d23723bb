package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HASH;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
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
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** When fields of hashes expire (Redis 7.4). */
public final class HashExpiryCommands {
    public static final List<CommandSpec> TABLE = List.of(
            setter("hexpire", HashExpiryCommands::hexpire),
            setter("hpexpire", HashExpiryCommands::hpexpire),
            setter("hexpireat", HashExpiryCommands::hexpireat),
            setter("hpexpireat", HashExpiryCommands::hpexpireat),
            getter("httl", HashExpiryCommands::httl),
            getter("hpttl", HashExpiryCommands::hpttl),
            getter("hexpiretime", HashExpiryCommands::hexpiretime),
            getter("hpexpiretime", HashExpiryCommands::hpexpiretime),
            row("hpersist", -5, key(1, RW, UPDATE), HashExpiryCommands::hpersist, WRITE, FAST)
                    .in(HASH));

    private static final CommandError COUNT_NOT_POSITIVE =
            new CommandError("ERR Parameter `numFields` should be greater than 0");

    private static final int NO_FIELD = -2;
    private static final int NO_EXPIRY = -1;
    private static final int NOT_MET = 0;
    private static final int DONE = 1;
    private static final int REMOVED = 2;

    private HashExpiryCommands() {}

    private static CommandSpec setter(String name, CommandFunction function) {
        return row(name, -6, key(1, RW, UPDATE), function, WRITE, DENYOOM, FAST).in(HASH);
    }

    private static CommandSpec getter(String name, CommandFunction function) {
        return row(name, -5, key(1, RO, ACCESS), function, READONLY, FAST).in(HASH);
    }

    // HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]
    private static void hexpire(Call call) {
        expire(call, true, true);
    }

    // HPEXPIRE key ms [NX | XX | GT | LT] FIELDS numfields field [field ...]
    private static void hpexpire(Call call) {
        expire(call, false, true);
    }

    // HEXPIREAT key ts [NX | XX | GT | LT] FIELDS numfields field [field ...]
    private static void hexpireat(Call call) {
        expire(call, true, false);
    }

    // HPEXPIREAT key ts [NX | XX | GT | LT] FIELDS numfields field [field ...]
    private static void hpexpireat(Call call) {
        expire(call, false, false);
    }

    private static void expire(Call call, boolean seconds, boolean relative) {
        Arguments args = call.args();
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        long at = FieldExpiry.time(call, 2, seconds, relative);
        boolean conditional = args.is(3, "NX") || args.is(3, "XX") || args.is(3, "GT") || args.is(3, "LT");
        int first = FieldExpiry.fields(call, conditional ? 4 : 3, COUNT_NOT_POSITIVE);
        FieldExpiry.requireReplicas(call);
        call.reply().array(args.count() - first);
        FieldChanges changes = new FieldChanges(call, key);
        try {
            for (int i = first; i < args.count(); i++) {
                HashValue hash = changes.find(i);
                if (hash == null) {
                    call.reply().integer(NO_FIELD);
                } else if (conditional && !isMet(args, hash.expireAt(), at)) {
                    call.reply().integer(NOT_MET);
                } else if (call.isPast(at)) {
                    changes.remove(i);
                    call.reply().integer(REMOVED);
                } else {
                    changes.expireAt(i, at);
                    call.reply().integer(DONE);
                }
            }
        } finally {
            changes.finish(at, false);
        }
    }

    private static boolean isMet(Arguments args, long before, long at) {
        boolean has = before != HashValue.NO_EXPIRY;
        return switch (args.text(3).toLowerCase(java.util.Locale.ROOT)) {
            case "nx" -> !has;
            case "xx" -> has;
            case "gt" -> has && at > before;
            default -> !has || at < before;
        };
    }

    // HTTL key FIELDS numfields field [field ...]
    private static void httl(Call call) {
        ttl(call, true, true);
    }

    // HPTTL key FIELDS numfields field [field ...]
    private static void hpttl(Call call) {
        ttl(call, false, true);
    }

    // HEXPIRETIME key FIELDS numfields field [field ...]
    private static void hexpiretime(Call call) {
        ttl(call, true, false);
    }

    // HPEXPIRETIME key FIELDS numfields field [field ...]
    private static void hpexpiretime(Call call) {
        ttl(call, false, false);
    }

    private static void ttl(Call call, boolean seconds, boolean relative) {
        Arguments args = call.args();
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        int first = FieldExpiry.fields(call, 2, FieldExpiry.COUNT_NOT_POSITIVE);
        HashValue hash = key.exists() ? key.hash() : null;
        long now = FieldExpiry.now(call);
        call.reply().array(args.count() - first);
        for (int i = first; i < args.count(); i++) {
            if (hash == null || !hash.findLive(args.array(i), args.offset(i), args.length(i), now)) {
                call.reply().integer(NO_FIELD);
                continue;
            }
            long at = hash.expireAt();
            long ms = relative ? at - call.nowMs() : at;
            call.reply().integer(at == HashValue.NO_EXPIRY ? NO_EXPIRY : seconds ? (ms + 999) / 1000 : ms);
        }
    }

    // HPERSIST key FIELDS numfields field [field ...]
    private static void hpersist(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        int first = FieldExpiry.fields(call, 2, FieldExpiry.COUNT_NOT_POSITIVE);
        call.reply().array(args.count() - first);
        FieldChanges changes = new FieldChanges(call, key);
        try {
            for (int i = first; i < args.count(); i++) {
                HashValue hash = changes.find(i);
                if (hash == null) {
                    call.reply().integer(NO_FIELD);
                } else {
                    call.reply().integer(changes.persist(i) ? DONE : NO_EXPIRY);
                }
            }
        } finally {
            changes.finish(HashValue.NO_EXPIRY, false);
        }
    }

    /** Logs {@code verb key [ms] FIELDS n field ...} of the fields at these arguments. */
    static void log(Call call, byte[] verb, long atMs, int[] fields, int count) {
        boolean timed = atMs != HashValue.NO_EXPIRY;
        Effects effect =
                call.startEffect((timed ? 5 : 4) + count).argument(verb).argument(call.args(), 1);
        if (timed) {
            effect.argument(atMs);
        }
        effect.argument(Words.FIELDS).argument(count);
        for (int i = 0; i < count; i++) {
            effect.argument(call.args(), fields[i]);
        }
    }
}
