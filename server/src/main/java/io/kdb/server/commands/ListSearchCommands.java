package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.LIST;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
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

/** The commands that look for an element in a list by its value. */
public final class ListSearchCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("linsert", 5, key(1, RW, INSERT), ListSearchCommands::linsert, WRITE, DENYOOM)
                    .in(LIST),
            row("lrem", 4, key(1, RW, DELETE), ListSearchCommands::lrem, WRITE).in(LIST),
            row("lpos", -3, key(1, RO, ACCESS), ListSearchCommands::lpos, READONLY)
                    .in(LIST));

    private static final CommandError RANK_ZERO = new CommandError(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start"
                    + " from the end of the list");
    private static final CommandError COUNT_NEGATIVE = new CommandError("ERR COUNT can't be negative");
    private static final CommandError MAXLEN_NEGATIVE = new CommandError("ERR MAXLEN can't be negative");

    private ListSearchCommands() {}

    // LINSERT key BEFORE | AFTER pivot element
    private static void linsert(Call call) {
        Arguments args = call.args();
        boolean after = args.is(2, "AFTER");
        if (!after && !args.is(2, "BEFORE")) {
            throw Errors.SYNTAX;
        }
        KeyCursor key = call.write(1).requireType(ValueType.LIST);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        ListValue list = key.list();
        list.seek(0);
        while (list.isAt() && !list.isEqual(args.array(3), args.offset(3), args.length(3))) {
            list.forward();
        }
        if (!list.isAt()) {
            call.reply().integer(-1);
            return;
        }
        list.insert(!after, args.array(4), args.offset(4), args.length(4));
        key.changed();
        key.event(KeyspaceEvents.LIST, "linsert");
        call.reply().integer(list.size());
    }

    // LREM key count element
    private static void lrem(Call call) {
        Arguments args = call.args();
        long wanted = call.integer(2);
        KeyCursor key = call.write(1).requireType(ValueType.LIST);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        boolean forward = wanted >= 0;
        long most = wanted == 0 || wanted == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(wanted);
        byte[] value = args.array(3);
        int offset = args.offset(3);
        int length = args.length(3);
        ListValue list = key.list();
        long removed = 0;
        list.seek(forward ? 0 : -1);
        try {
            while (list.isAt() && removed < most) {
                if (list.isEqual(value, offset, length)) {
                    list.remove(forward);
                    removed++;
                } else if (forward) {
                    list.forward();
                } else {
                    list.backward();
                }
            }
        } catch (StoreFull full) {
            if (removed > 0) {
                ListCommands.changed(call, key, removed);
                key.event(KeyspaceEvents.LIST, "lrem");
                call.startEffect(4)
                        .argument(Words.LREM)
                        .argument(args, 1)
                        .argument(forward ? removed : -removed)
                        .argument(args, 3);
            }
            throw full;
        }
        if (removed > 0) {
            ListCommands.changed(call, key, removed);
            key.event(KeyspaceEvents.LIST, "lrem");
            ListCommands.deleteEmpty(key, list);
        }
        call.reply().integer(removed);
    }

    private static long notNegative(Call call, int arg, CommandError otherwise) {
        return call.integer(arg, 0, Long.MAX_VALUE, otherwise);
    }

    // LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]
    private static void lpos(Call call) {
        Arguments args = call.args();
        long rank = 1;
        long count = -1;
        long maxLength = 0;
        for (int i = 3; i < args.count(); i++) {
            boolean more = i + 1 < args.count();
            if (args.is(i, "RANK") && more) {
                rank = call.integer(++i);
                if (rank == 0) {
                    throw RANK_ZERO;
                }
            } else if (args.is(i, "COUNT") && more) {
                count = notNegative(call, ++i, COUNT_NEGATIVE);
            } else if (args.is(i, "MAXLEN") && more) {
                maxLength = notNegative(call, ++i, MAXLEN_NEGATIVE);
            } else {
                throw Errors.SYNTAX;
            }
        }
        if (rank == Long.MIN_VALUE) {
            // It has no opposite: Redis then takes every match, from the end.
            rank = -1;
            count = count < 0 ? count : 0;
        }
        KeyCursor key = call.read(1).requireType(ValueType.LIST);
        long looks = maxLength == 0 ? Long.MAX_VALUE : maxLength;
        if (count < 0) {
            long found = key.exists() ? positions(call, key, rank, 1, looks, null) : -1;
            if (found < 0) {
                call.reply().nullBulk();
            } else {
                call.reply().integer(found);
            }
            return;
        }
        Positions found = new Positions();
        if (key.exists()) {
            positions(call, key, rank, count == 0 ? Long.MAX_VALUE : count, looks, found);
        }
        found.reply(call.reply());
    }

    /** Finds the element of argument 2 from the {@code rank}-th on, backwards when negative; answers the last one found. */
    private static long positions(Call call, KeyCursor key, long rank, long count, long looks, Positions all) {
        Arguments args = call.args();
        byte[] value = args.array(2);
        int offset = args.offset(2);
        int length = args.length(2);
        ListValue list = key.list();
        long size = list.size();
        boolean forward = rank > 0;
        long skip = Math.abs(rank) - 1;
        long left = count;
        long last = -1;
        list.seek(forward ? 0 : -1);
        for (long i = 0; list.isAt() && i < looks && left > 0; i++) {
            if (list.isEqual(value, offset, length) && skip-- <= 0) {
                last = forward ? i : size - 1 - i;
                left--;
                if (all != null) {
                    all.add(last);
                }
            }
            if (forward) {
                list.forward();
            } else {
                list.backward();
            }
        }
        return last;
    }

    /** What LPOS has found, since an array's length stands before it; grows with the matches only. */
    private static final class Positions {
        private long[] found = new long[8];
        private int count;

        void add(long position) {
            if (count == found.length) {
                found = java.util.Arrays.copyOf(found, count * 2);
            }
            found[count++] = position;
        }

        void reply(ReplyWriter reply) {
            reply.array(count);
            for (int i = 0; i < count; i++) {
                reply.integer(found[i]);
            }
        }
    }
}
