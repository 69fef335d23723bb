package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.LIST;
import static io.kdb.server.dispatch.CommandFlag.BLOCKING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.counted;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.dispatch.KeySpec;
import io.kdb.server.dispatch.Waiting;
import io.kdb.server.log.Effects;
import io.kdb.server.store.Element;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Popping from several lists and moving between two, at once or when something comes. */
public final class ListMoveCommands {
    private static final List<KeySpec> TWO_KEYS = List.of(key(1, RW, ACCESS, DELETE), key(2, RW, INSERT));

    public static final List<CommandSpec> TABLE = List.of(
            row("lmove", 5, TWO_KEYS, ListMoveCommands::lmove, WRITE, DENYOOM).in(LIST),
            row("rpoplpush", 3, TWO_KEYS, ListMoveCommands::rpoplpush, WRITE, DENYOOM)
                    .in(LIST),
            row("lmpop", -4, counted(1, RW, ACCESS, DELETE), ListMoveCommands::lmpop, WRITE, MOVABLEKEYS)
                    .in(LIST),
            row("blpop", -3, keys(1, -2, 1, RW, ACCESS, DELETE), ListMoveCommands::blpop, WRITE, NOSCRIPT, BLOCKING)
                    .in(LIST),
            row("brpop", -3, keys(1, -2, 1, RW, ACCESS, DELETE), ListMoveCommands::brpop, WRITE, NOSCRIPT, BLOCKING)
                    .in(LIST),
            row("blmove", 6, TWO_KEYS, ListMoveCommands::blmove, WRITE, DENYOOM, NOSCRIPT, BLOCKING)
                    .in(LIST),
            row("brpoplpush", 4, TWO_KEYS, ListMoveCommands::brpoplpush, WRITE, DENYOOM, NOSCRIPT, BLOCKING)
                    .in(LIST),
            row("blmpop", -5, counted(2, RW, ACCESS, DELETE), ListMoveCommands::blmpop, WRITE, BLOCKING, MOVABLEKEYS)
                    .in(LIST));

    private static final CommandError BAD_KEY_COUNT = new CommandError("ERR numkeys should be greater than 0");
    private static final CommandError BAD_COUNT = new CommandError("ERR count should be greater than 0");

    private ListMoveCommands() {}

    // ---- from one list to another -----------------------------------------------------------------------------

    // LMOVE source destination LEFT | RIGHT LEFT | RIGHT
    private static void lmove(Call call) {
        boolean fromHead = isHead(call, 3);
        boolean toHead = isHead(call, 4);
        KeyCursor source = call.write(1).requireType(ValueType.LIST);
        if (source.exists()) {
            move(call, source, fromHead, toHead);
        } else {
            call.reply().nullBulk();
        }
    }

    // RPOPLPUSH source destination
    private static void rpoplpush(Call call) {
        KeyCursor source = call.write(1).requireType(ValueType.LIST);
        if (source.exists()) {
            move(call, source, false, true);
        } else {
            call.reply().nullBulk();
        }
    }

    // BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout
    private static void blmove(Call call) {
        boolean fromHead = isHead(call, 3);
        boolean toHead = isHead(call, 4);
        moveOrWait(call, new WaitsToMove(fromHead, toHead, false), BlockingTimeouts.seconds(call, 5));
    }

    // BRPOPLPUSH source destination timeout
    private static void brpoplpush(Call call) {
        moveOrWait(call, new WaitsToMove(false, true, true), BlockingTimeouts.seconds(call, 3));
    }

    private static boolean isHead(Call call, int arg) {
        boolean head = call.args().is(arg, "LEFT");
        if (!head && !call.args().is(arg, "RIGHT")) {
            throw Errors.SYNTAX;
        }
        return head;
    }

    private static void moveOrWait(Call call, WaitsToMove waiting, long timeoutMs) {
        KeyCursor source = call.write(1).requireType(ValueType.LIST);
        if (source.exists()) {
            move(call, source, waiting.fromHead, waiting.toHead);
            Effects effect = waiting.effect(call);
            if (!waiting.oldName) {
                effect.argument(call.args(), 3).argument(call.args(), 4);
            }
        } else if (call.maySuspend()) {
            call.block(waiting, 1, 1, 2, timeoutMs);
        } else {
            call.reply().nullBulk();
        }
    }

    /** BLMOVE or BRPOPLPUSH on an empty source. */
    private record WaitsToMove(boolean fromHead, boolean toHead, boolean oldName) implements Waiting {
        @Override
        public int type() {
            return ValueType.LIST;
        }

        @Override
        public void serve(Call call, KeyCursor source) {
            move(call, source, fromHead, toHead);
            Effects effect = effect(call);
            if (!oldName) {
                effect.argument(fromHead ? Words.LEFT : Words.RIGHT).argument(toHead ? Words.LEFT : Words.RIGHT);
            }
        }

        /** The command that has the same effect, up to the two ends where it has them. */
        private Effects effect(Call call) {
            return call.startEffect(oldName ? 3 : 5)
                    .argument(oldName ? Words.RPOPLPUSH : Words.LMOVE)
                    .argument(call.args(), 1)
                    .argument(call.args(), 2);
        }
    }

    /** Takes an element from the source, which exists, to the list of argument 2, and into the reply. */
    private static void move(Call call, KeyCursor source, boolean fromHead, boolean toHead) {
        KeyCursor target = call.other(call.db(), 2).lookupWrite().requireType(ValueType.LIST);
        ListValue from = source.list();
        from.seek(fromHead ? 0 : -1);
        if (target.exists() && target.ref() == source.ref()) {
            rotate(call, source, fromHead, toHead);
            return;
        }
        ListValue to = target.list();
        Element element = from.element();
        to.push(toHead, element.array(), element.offset(), element.length());
        element.reply(call.reply());
        try {
            from.removeRange(fromHead ? 0 : from.size() - 1, 1);
        } catch (StoreFull full) {
            to.removeRange(toHead ? 0 : to.size() - 1, 1);
            throw full;
        }
        target.changed();
        ListCommands.pushed(target, toHead);
        // One change, not one of each list.
        call.changed(-1);
        ListCommands.popped(call, source, from, fromHead, 1);
    }

    private static void rotate(Call call, KeyCursor key, boolean fromHead, boolean toHead) {
        ListValue list = key.list();
        list.seek(fromHead ? 0 : -1);
        byte[] element = list.element().copy();
        call.reply().bulk(element);
        if (fromHead != toHead && list.size() > 1) {
            list.push(toHead, element, 0, element.length);
            try {
                list.removeRange(fromHead ? 0 : list.size() - 1, 1);
            } catch (StoreFull full) {
                list.removeRange(toHead ? 0 : list.size() - 1, 1);
                throw full;
            }
        }
        ListCommands.pushed(key, toHead);
        ListCommands.popped(call, key, list, fromHead, 1);
    }

    // ---- from the first of several lists ----------------------------------------------------------------------

    // LMPOP numkeys key [key ...] LEFT | RIGHT [COUNT count]
    private static void lmpop(Call call) {
        Request request = new Request(call, 1);
        if (!popFirst(call, 2, request.keyCount, request)) {
            call.reply().nullArray();
        }
    }

    // BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count]
    private static void blmpop(Call call) {
        Request request = new Request(call, 2);
        long timeoutMs = BlockingTimeouts.seconds(call, 1);
        if (!popFirst(call, 3, request.keyCount, request)) {
            call.block(request, 3, request.keyCount, timeoutMs);
        }
    }

    // BLPOP key [key ...] timeout
    private static void blpop(Call call) {
        popOrWait(call, true);
    }

    // BRPOP key [key ...] timeout
    private static void brpop(Call call) {
        popOrWait(call, false);
    }

    private static void popOrWait(Call call, boolean head) {
        Request request = new Request(head);
        int last = call.args().count() - 1;
        long timeoutMs = BlockingTimeouts.seconds(call, last);
        if (!popFirst(call, 1, last - 1, request)) {
            call.block(request, 1, last - 1, timeoutMs);
        }
    }

    private static boolean popFirst(Call call, int firstKey, int keyCount, Request request) {
        for (int i = firstKey; i < firstKey + keyCount; i++) {
            KeyCursor key = call.write(i).requireType(ValueType.LIST);
            if (key.exists()) {
                request.serve(call, key);
                return true;
            }
        }
        return false;
    }

    /** What to pop: one element, for BLPOP and BRPOP, or up to a count, for LMPOP and BLMPOP. Immutable. */
    private static final class Request implements Waiting {
        private static final long ONE = -1;

        private final boolean head;
        private final long count;
        private final int keyCount;

        Request(boolean head) {
            this.head = head;
            this.count = ONE;
            this.keyCount = 0;
        }

        /** {@code arg}: where {@code numkeys} stands. */
        Request(Call call, int arg) {
            Arguments args = call.args();
            long keys = call.integer(arg, 1, Long.MAX_VALUE, BAD_KEY_COUNT);
            if (keys >= args.count() - arg - 1) {
                throw Errors.SYNTAX;
            }
            keyCount = (int) keys;
            int where = arg + 1 + keyCount;
            head = isHead(call, where);
            long most = ONE;
            for (int i = where + 1; i < args.count(); i++) {
                if (most != ONE || !args.is(i, "COUNT") || i + 1 == args.count()) {
                    throw Errors.SYNTAX;
                }
                most = call.integer(++i, 1, Long.MAX_VALUE, BAD_COUNT);
            }
            count = most == ONE ? 1 : most;
        }

        @Override
        public int type() {
            return ValueType.LIST;
        }

        @Override
        public void serve(Call call, KeyCursor key) {
            byte[] name = key.key();
            call.reply().array(2);
            call.reply().bulk(name);
            byte[] verb = head ? Words.LPOP : Words.RPOP;
            if (count == ONE) {
                ListCommands.popOne(call, key, head);
                call.startEffect(2).argument(verb).argument(name);
            } else {
                long taken = ListCommands.popSome(call, key, head, count);
                call.startEffect(3).argument(verb).argument(name).argument(taken);
            }
        }
    }
}
