package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.store.Element;
import io.kdb.server.store.Elements;
import io.kdb.server.text.Glob;
import java.util.function.BooleanSupplier;

/**
 * HSCAN and SSCAN: a step through a collection in the order of its elements' hashes. Owner: the running call.
 *
 * <p>A packed collection is answered as a whole, with the cursor 0, as Redis does. The step is taken twice, to count and to
 * reply, so that nothing is collected in between.
 */
final class CollectionScan {
    private static final long DEFAULT_COUNT = 10;

    private final Call call;
    private final Elements value;
    private final BooleanSupplier isThere;
    private long count = DEFAULT_COUNT;
    private int pattern;
    private long visited;
    private long matching;
    private long next;

    private CollectionScan(Call call, Elements value, BooleanSupplier isThere) {
        this.call = call;
        this.value = value;
        this.isThere = isThere;
    }

    /** The cursor of the command, before its key is looked at. */
    static long cursor(Call call) {
        return ScanCommands.cursor(call.args(), 2);
    }

    static void empty(Call call) {
        call.reply().array(2);
        call.reply().bulk("0");
        call.reply().array(0);
    }

    /** Replies to {@code key cursor [MATCH pattern] [COUNT count]}; an element has {@code parts} replies. */
    static void reply(Call call, Elements value, long cursor, int parts, Runnable element) {
        reply(call, value, cursor, parts, () -> true, element);
    }

    /** As the other, of those elements only of which the test is true. */
    static void reply(Call call, Elements value, long cursor, int parts, BooleanSupplier isThere, Runnable element) {
        CollectionScan scan = new CollectionScan(call, value, isThere);
        scan.options();
        scan.step(cursor, () -> {});
        long matching = scan.matching;
        call.reply().array(2);
        call.reply().bulk(Long.toUnsignedString(scan.next));
        call.reply().array(matching * parts);
        scan.step(cursor, element);
    }

    private void options() {
        Arguments args = call.args();
        for (int i = 3; i < args.count(); i += 2) {
            if (i + 1 == args.count()) {
                throw Errors.SYNTAX;
            }
            if (args.is(i, "COUNT")) {
                count = call.integer(i + 1);
                if (count < 1) {
                    throw Errors.SYNTAX;
                }
            } else if (args.is(i, "MATCH")) {
                boolean all = Glob.isAll(args.array(i + 1), args.offset(i + 1), args.length(i + 1));
                pattern = all ? 0 : i + 1;
            } else {
                throw Errors.SYNTAX;
            }
        }
    }

    /** Goes on until enough elements were looked at, whether they match or not. */
    private void step(long cursor, Runnable element) {
        visited = 0;
        matching = 0;
        next = cursor;
        do {
            next = value.scan(next, () -> {
                visited++;
                if (matches() && isThere.getAsBoolean()) {
                    matching++;
                    element.run();
                }
            });
        } while (next != 0 && visited < count);
    }

    private boolean matches() {
        if (pattern == 0) {
            return true;
        }
        Arguments args = call.args();
        Element element = value.element();
        byte[] array = element.array();
        return Glob.matches(
                args.array(pattern),
                args.offset(pattern),
                args.length(pattern),
                array,
                element.offset(),
                element.length(),
                false);
    }
}
