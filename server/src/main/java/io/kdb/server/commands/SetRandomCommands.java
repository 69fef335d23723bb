package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.SET;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Members of sets chosen by chance. */
public final class SetRandomCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("spop", -2, key(1, RW, ACCESS, DELETE), SetRandomCommands::spop, WRITE, FAST)
                    .in(SET),
            row("srandmember", -2, key(1, RO, ACCESS), SetRandomCommands::srandmember, READONLY)
                    .in(SET));

    private SetRandomCommands() {}

    // SPOP key [count]
    private static void spop(Call call) {
        if (call.args().count() > 3) {
            throw Errors.SYNTAX;
        }
        if (call.args().count() == 3) {
            popSeveral(call);
            return;
        }
        KeyCursor key = call.write(1).requireType(ValueType.SET);
        if (!key.exists()) {
            call.reply().nullBulk();
            return;
        }
        SetValue set = key.set();
        popOne(call, key, set);
        key.event(KeyspaceEvents.SET, "spop");
        SetCommands.deleteIfEmpty(key, set);
    }

    /** Removes a member, replies with it and logs its removal. */
    private static void popOne(Call call, KeyCursor key, SetValue set) {
        RandomElements.one(set);
        byte[] member = set.element().copy();
        set.remove();
        key.changed();
        call.startEffect(3).argument(Words.SREM).argument(call.args(), 1).argument(member);
        call.reply().bulk(member);
    }

    private static void popSeveral(Call call) {
        long count = call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE);
        KeyCursor key = call.write(1).requireType(ValueType.SET);
        if (!key.exists() || count == 0) {
            call.reply().set(0);
            return;
        }
        SetValue set = key.set();
        long size = set.size();
        if (count >= size) {
            call.reply().set(size);
            for (boolean more = set.first(); more; more = set.next()) {
                set.element().reply(call.reply());
            }
            key.event(KeyspaceEvents.SET, "spop");
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
            call.changed(size - 1);
            call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
            return;
        }
        call.reply().set(count);
        long popped = 0;
        try {
            for (; popped < count; popped++) {
                popOne(call, key, set);
            }
        } finally {
            if (popped > 0) {
                key.event(KeyspaceEvents.SET, "spop");
                call.changed(popped - 1);
            }
        }
    }

    // SRANDMEMBER key [count]
    private static void srandmember(Call call) {
        if (call.args().count() > 3) {
            throw Errors.SYNTAX;
        }
        if (call.args().count() == 2) {
            KeyCursor key = call.read(1).requireType(ValueType.SET);
            if (key.exists()) {
                SetValue set = key.set();
                RandomElements.one(set);
                set.element().reply(call.reply());
            } else {
                call.reply().nullBulk();
            }
            return;
        }
        long count = call.integer(2);
        if (count == Long.MIN_VALUE) {
            throw RandomElements.COUNT_OUT_OF_RANGE;
        }
        KeyCursor key = call.read(1).requireType(ValueType.SET);
        if (!key.exists() || count == 0) {
            call.reply().array(0);
            return;
        }
        SetValue set = key.set();
        Runnable element = () -> set.element().reply(call.reply());
        if (count < 0) {
            call.reply().array(-count);
            RandomElements.repeated(set, -count, call.reply(), element);
        } else if (count >= set.size()) {
            call.reply().array(set.size());
            for (boolean more = set.first(); more; more = set.next()) {
                element.run();
            }
        } else {
            call.reply().array(count);
            RandomElements.distinct(set, count, element);
        }
    }
}
