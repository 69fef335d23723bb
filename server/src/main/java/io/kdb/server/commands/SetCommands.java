package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SET;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.util.List;

/** The members of one set, named by the client. */
public final class SetCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("sadd", -3, key(1, RW, INSERT), SetCommands::sadd, WRITE, DENYOOM, FAST)
                    .in(SET)
                    .elements(2, 1),
            row("srem", -3, key(1, RW, DELETE), SetCommands::srem, WRITE, FAST)
                    .in(SET)
                    .elements(2, 1),
            row("smove", 4, List.of(key(1, RW, ACCESS, DELETE), key(2, RW, INSERT)), SetCommands::smove, WRITE, FAST)
                    .in(SET),
            row("sismember", 3, key(1, RO), SetCommands::sismember, READONLY, FAST)
                    .in(SET)
                    .elements(2, 1),
            row("smismember", -3, key(1, RO, ACCESS), SetCommands::smismember, READONLY, FAST)
                    .in(SET)
                    .elements(2, 1),
            row("scard", 2, key(1, RO), SetCommands::scard, READONLY, FAST).in(SET),
            row("smembers", 2, key(1, RO, ACCESS), SetCommands::smembers, READONLY)
                    .in(SET),
            row("sscan", -3, key(1, RO, ACCESS), SetCommands::sscan, READONLY).in(SET));

    private SetCommands() {}

    // SADD key member [member ...]
    private static void sadd(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.write(1).requireType(ValueType.SET);
        SetValue set = key.set();
        long added = 0;
        try {
            for (int i = 2; i < args.count(); i++) {
                added += set.add(args.array(i), args.offset(i), args.length(i)) ? 1 : 0;
                call.doneUpTo(i + 1);
            }
        } finally {
            if (added > 0) {
                key.changed();
                key.event(KeyspaceEvents.SET, "sadd");
                call.changed(added - 1);
            }
        }
        call.reply().integer(added);
    }

    private static boolean find(Call call, SetValue set, int arg) {
        Arguments args = call.args();
        return set.find(args.array(arg), args.offset(arg), args.length(arg));
    }

    // SREM key member [member ...]
    private static void srem(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.SET);
        long removed = 0;
        if (key.exists()) {
            SetValue set = key.set();
            try {
                for (int i = 2; i < call.args().count() && !set.isEmpty(); i++) {
                    if (find(call, set, i)) {
                        set.remove();
                        removed++;
                        call.doneUpTo(i + 1);
                    }
                }
            } finally {
                if (removed > 0) {
                    key.changed();
                    key.event(KeyspaceEvents.SET, "srem");
                    call.changed(removed - 1);
                    deleteIfEmpty(key, set);
                }
            }
        }
        call.reply().integer(removed);
    }

    static void deleteIfEmpty(KeyCursor key, SetValue set) {
        if (set.isEmpty()) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
        }
    }

    // SMOVE source destination member
    private static void smove(Call call) {
        Arguments args = call.args();
        KeyCursor source = call.write(1);
        KeyCursor target = call.other(call.db(), 2).lookupWrite();
        if (!source.exists()) {
            call.reply().integer(0);
            return;
        }
        SetValue from = source.requireType(ValueType.SET).set();
        target.requireType(ValueType.SET);
        boolean found = find(call, from, 3);
        if (found && !sameKey(args)) {
            // Added first: a failure for want of memory then leaves both as they were.
            boolean isNew = !target.exists();
            SetValue to = target.openSilently(new SetValue());
            boolean added = to.add(args.array(3), args.offset(3), args.length(3));
            try {
                from.remove();
            } catch (StoreFull full) {
                if (added) {
                    find(call, to, 3);
                    to.remove();
                }
                throw full;
            }
            source.changed();
            source.event(KeyspaceEvents.SET, "srem");
            deleteIfEmpty(source, from);
            if (isNew) {
                target.created();
            }
            if (added) {
                target.changed();
                target.event(KeyspaceEvents.SET, "sadd");
            }
        }
        call.reply().integer(found ? 1 : 0);
    }

    private static boolean sameKey(Arguments args) {
        return args.equalTo(1, args.copy(2));
    }

    // SISMEMBER key member
    private static void sismember(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.SET);
        call.reply().integer(key.exists() && find(call, key.set(), 2) ? 1 : 0);
    }

    // SMISMEMBER key member [member ...]
    private static void smismember(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.SET);
        SetValue set = key.exists() ? key.set() : null;
        int count = call.args().count();
        call.reply().array(count - 2);
        for (int i = 2; i < count; i++) {
            call.reply().integer(set != null && find(call, set, i) ? 1 : 0);
        }
    }

    // SCARD key
    private static void scard(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.SET);
        call.reply().integer(key.exists() ? key.set().size() : 0);
    }

    // SMEMBERS key
    private static void smembers(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.SET);
        if (!key.exists()) {
            call.reply().set(0);
            return;
        }
        SetValue set = key.set();
        call.reply().set(set.size());
        for (boolean more = set.first(); more; more = set.next()) {
            set.element().reply(call.reply());
        }
    }

    // SSCAN key cursor [MATCH pattern] [COUNT count]
    private static void sscan(Call call) {
        long cursor = CollectionScan.cursor(call);
        KeyCursor key = call.read(1);
        if (!key.exists()) {
            CollectionScan.empty(call);
            return;
        }
        SetValue set = key.requireType(ValueType.SET).set();
        CollectionScan.reply(call, set, cursor, 1, () -> set.element().reply(call.reply()));
    }
}
