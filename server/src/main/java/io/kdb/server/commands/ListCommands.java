package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.LIST;
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
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.util.List;

/** The commands on one list. https://redis.io/docs/latest/commands/?group=list */
public final class ListCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("lpush", -3, key(1, RW, INSERT), ListCommands::lpush, WRITE, DENYOOM, FAST)
                    .in(LIST),
            row("rpush", -3, key(1, RW, INSERT), ListCommands::rpush, WRITE, DENYOOM, FAST)
                    .in(LIST),
            row("lpushx", -3, key(1, RW, INSERT), ListCommands::lpushx, WRITE, DENYOOM, FAST)
                    .in(LIST),
            row("rpushx", -3, key(1, RW, INSERT), ListCommands::rpushx, WRITE, DENYOOM, FAST)
                    .in(LIST),
            row("lpop", -2, key(1, RW, ACCESS, DELETE), ListCommands::lpop, WRITE, FAST)
                    .in(LIST),
            row("rpop", -2, key(1, RW, ACCESS, DELETE), ListCommands::rpop, WRITE, FAST)
                    .in(LIST),
            row("llen", 2, key(1, RO), ListCommands::llen, READONLY, FAST).in(LIST),
            row("lindex", 3, key(1, RO, ACCESS), ListCommands::lindex, READONLY).in(LIST),
            row("lset", 4, key(1, RW, UPDATE), ListCommands::lset, WRITE, DENYOOM)
                    .in(LIST),
            row("lrange", 4, key(1, RO, ACCESS), ListCommands::lrange, READONLY).in(LIST),
            row("ltrim", 4, key(1, RW, DELETE), ListCommands::ltrim, WRITE).in(LIST));

    private static final CommandError INDEX_OUT_OF_RANGE = new CommandError("ERR index out of range");

    private ListCommands() {}

    // ---- pushing ----------------------------------------------------------------------------------------------

    // LPUSH key element [element ...]
    private static void lpush(Call call) {
        push(call, true, false);
    }

    // RPUSH key element [element ...]
    private static void rpush(Call call) {
        push(call, false, false);
    }

    // LPUSHX key element [element ...]
    private static void lpushx(Call call) {
        push(call, true, true);
    }

    // RPUSHX key element [element ...]
    private static void rpushx(Call call) {
        push(call, false, true);
    }

    private static void push(Call call, boolean head, boolean mustExist) {
        Arguments args = call.args();
        KeyCursor key = call.write(1).requireType(ValueType.LIST);
        if (mustExist && !key.exists()) {
            call.reply().integer(0);
            return;
        }
        ListValue list = key.list();
        long before = list.size();
        try {
            for (int i = 2; i < args.count(); i++) {
                list.push(head, args.array(i), args.offset(i), args.length(i));
            }
        } catch (StoreFull full) {
            long done = list.size() - before;
            list.removeRange(head ? 0 : before, done);
            throw full;
        }
        changed(call, key, list.size() - before);
        pushed(key, head);
        call.reply().integer(list.size());
    }

    /** Counts so many changes of the list. */
    static void changed(Call call, KeyCursor key, long count) {
        long before = call.changes();
        key.changed();
        call.changed(before + count - call.changes());
    }

    /** The event of an element added. */
    static void pushed(KeyCursor key, boolean head) {
        key.event(KeyspaceEvents.LIST, head ? "lpush" : "rpush");
    }

    // ---- popping ----------------------------------------------------------------------------------------------

    // LPOP key [count]
    private static void lpop(Call call) {
        pop(call, true);
    }

    // RPOP key [count]
    private static void rpop(Call call) {
        pop(call, false);
    }

    private static void pop(Call call, boolean head) {
        Arguments args = call.args();
        ReplyWriter reply = call.reply();
        if (args.count() > 3) {
            throw Errors.wrongArity(call.spec());
        }
        boolean counted = args.count() == 3;
        long count = 1;
        if (counted) {
            count = call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE);
        }
        KeyCursor key = call.write(1);
        if (!key.exists()) {
            if (counted) {
                reply.nullArray();
            } else {
                reply.nullBulk();
            }
            return;
        }
        key.requireType(ValueType.LIST);
        if (!counted) {
            popOne(call, key, head);
        } else if (count == 0) {
            reply.array(0);
        } else {
            popSome(call, key, head, count);
        }
    }

    /** Takes the element at an end of a list, which is not empty, into the reply. */
    static void popOne(Call call, KeyCursor key, boolean head) {
        ListValue list = key.list();
        list.seek(head ? 0 : -1);
        list.element().reply(call.reply());
        list.removeRange(head ? 0 : list.size() - 1, 1);
        popped(call, key, list, head, 1);
    }

    /** Takes up to {@code count} elements from an end of a list into the reply, as an array; answers how many. */
    static long popSome(Call call, KeyCursor key, boolean head, long count) {
        ListValue list = key.list();
        long taken = Math.min(count, list.size());
        ReplyWriter reply = call.reply();
        reply.array(taken);
        list.seek(head ? 0 : -1);
        for (long i = 0; i < taken; i++) {
            list.element().reply(reply);
            if (head) {
                list.forward();
            } else {
                list.backward();
            }
        }
        list.removeRange(head ? 0 : list.size() - taken, taken);
        popped(call, key, list, head, taken);
        return taken;
    }

    /** What follows the removal of {@code count} elements at an end: the event, and the end of a list that is empty. */
    static void popped(Call call, KeyCursor key, ListValue list, boolean head, long count) {
        changed(call, key, count);
        key.event(KeyspaceEvents.LIST, head ? "lpop" : "rpop");
        deleteEmpty(key, list);
    }

    /** Ends a list that is empty, and says so. */
    static void deleteEmpty(KeyCursor key, ListValue list) {
        if (list.isEmpty()) {
            key.delete();
            key.event(KeyspaceEvents.GENERIC, "del");
        }
    }

    // ---- by index ---------------------------------------------------------------------------------------------

    // LLEN key
    private static void llen(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.LIST);
        call.reply().integer(key.exists() ? key.list().size() : 0);
    }

    // LINDEX key index
    private static void lindex(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.LIST);
        if (!key.exists()) {
            call.reply().nullBulk();
            return;
        }
        ListValue list = key.list();
        if (list.seek(call.integer(2))) {
            list.element().reply(call.reply());
        } else {
            call.reply().nullBulk();
        }
    }

    // LSET key index element
    private static void lset(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.write(1);
        if (!key.exists()) {
            throw Errors.NO_SUCH_KEY;
        }
        key.requireType(ValueType.LIST);
        ListValue list = key.list();
        if (!list.seek(call.integer(2))) {
            throw INDEX_OUT_OF_RANGE;
        }
        list.replace(args.array(3), args.offset(3), args.length(3));
        key.changed();
        key.event(KeyspaceEvents.LIST, "lset");
        call.reply().ok();
    }

    // LRANGE key start stop
    private static void lrange(Call call) {
        long start = call.integer(2);
        long stop = call.integer(3);
        KeyCursor key = call.read(1).requireType(ValueType.LIST);
        ReplyWriter reply = call.reply();
        if (!key.exists()) {
            reply.array(0);
            return;
        }
        ListValue list = key.list();
        long size = list.size();
        long from = Math.max(0, start < 0 ? start + size : start);
        long to = Math.min(size - 1, stop < 0 ? stop + size : stop);
        if (from > to) {
            reply.array(0);
            return;
        }
        reply.array(to - from + 1);
        list.seek(from);
        list.reply(reply, to - from + 1);
    }

    // LTRIM key start stop
    private static void ltrim(Call call) {
        Arguments args = call.args();
        long start = call.integer(2);
        long stop = call.integer(3);
        KeyCursor key = call.write(1).requireType(ValueType.LIST);
        if (!key.exists()) {
            call.reply().ok();
            return;
        }
        ListValue list = key.list();
        long size = list.size();
        long from = Math.max(0, start < 0 ? start + size : start);
        long to = Math.min(size - 1, stop < 0 ? stop + size : stop);
        long before = from > to ? size : from;
        long behind = from > to ? 0 : size - to - 1;
        list.removeRange(size - behind, behind);
        try {
            list.removeRange(0, before);
        } catch (StoreFull full) {
            if (behind > 0) {
                changed(call, key, behind);
                key.event(KeyspaceEvents.LIST, "ltrim");
                call.startEffect(4)
                        .argument(Words.LTRIM)
                        .argument(args, 1)
                        .argument(0)
                        .argument(size - behind - 1);
            }
            throw full;
        }
        changed(call, key, before + behind);
        key.event(KeyspaceEvents.LIST, "ltrim");
        deleteEmpty(key, list);
        call.reply().ok();
    }
}
