package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.DANGEROUS;
import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.EXCLUSIVE;
import static io.kdb.server.dispatch.CommandFlag.OWN_LOCKS;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.ValueNames;
import io.kdb.server.store.Database;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.KeyVisitor;
import io.kdb.server.text.Glob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finding keys without knowing them. */
public final class ScanCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("keys", 2, ScanCommands::keys, READONLY, EXCLUSIVE).in(KEYSPACE, DANGEROUS),
            row("randomkey", 1, ScanCommands::randomkey, READONLY, OWN_LOCKS).in(KEYSPACE),
            row("scan", -2, ScanCommands::scan, READONLY, OWN_LOCKS).in(KEYSPACE));

    private static final CommandError INVALID_CURSOR = new CommandError("ERR invalid cursor");
    private static final long DEFAULT_COUNT = 10;
    /** A replica that meets expired keys only, which it must not delete, answers with one of them after so many tries. */
    private static final int RANDOM_TRIES = 100;

    private ScanCommands() {}

    /** What is done with a key that was found; the array may be longer than the key, and is used again. */
    private interface Found {
        void key(byte[] array, int length);
    }

    /** Lets the keys through that a pattern and a type let through; expired ones, of whatever type, are put aside. */
    private static final class Filter implements KeyVisitor {
        private final long nowMs;
        private final Arguments args;
        private final int pattern;
        private final int type;
        private final Found found;
        private byte[] key = new byte[64];
        final List<byte[]> expired = new ArrayList<>();

        /** {@code pattern} and {@code type} are the positions of their arguments, or 0 without. */
        Filter(Call call, int pattern, int type, Found found) {
            nowMs = call.nowMs();
            args = call.args();
            boolean all = pattern == 0 || Glob.isAll(args.array(pattern), args.offset(pattern), args.length(pattern));
            this.pattern = all ? 0 : pattern;
            this.type = type;
            this.found = found;
        }

        @Override
        public void key(KeyTable table, long ref) {
            boolean isExpired = table.isExpired(ref, nowMs);
            if (type != 0 && !isExpired && !args.is(type, ValueNames.type(table.type(ref)))) {
                return;
            }
            int length = table.keyLength(ref);
            if (length > key.length) {
                key = new byte[Math.max(length, 2 * key.length)];
            }
            table.copyKey(ref, key, 0);
            if (!matches(length)) {
                return;
            }
            if (isExpired) {
                expired.add(Arrays.copyOf(key, length));
            } else {
                found.key(key, length);
            }
        }

        private boolean matches(int length) {
            return pattern == 0
                    || Glob.matches(
                            args.array(pattern), args.offset(pattern), args.length(pattern), key, 0, length, false);
        }
    }

    // KEYS pattern
    private static void keys(Call call) {
        Database database = call.node().keyspace().database(call.db());
        // Alone in the keyspace, so counting first saves holding all keys beside the reply.
        long[] count = {0};
        Filter counter = new Filter(call, 1, 0, (key, length) -> count[0]++);
        database.forEach(counter);
        call.deleteExpired(counter.expired);
        call.reply().array(count[0]);
        database.forEach(new Filter(call, 1, 0, (key, length) -> call.reply().bulk(key, 0, length)));
    }

    // RANDOMKEY
    private static void randomkey(Call call) {
        Database database = call.node().keyspace().database(call.db());
        byte[][] key = {null};
        boolean[] isExpired = {false};
        for (int tries = 1; ; tries++) {
            boolean found = database.random((table, ref) -> {
                key[0] = table.key(ref);
                isExpired[0] = table.isExpired(ref, call.nowMs());
            });
            if (!found) {
                call.reply().nullBulk();
                return;
            }
            if (!isExpired[0] || tries >= RANDOM_TRIES && !call.mayExpire()) {
                call.reply().bulk(key[0]);
                return;
            }
            call.deleteExpired(List.of(key[0]));
        }
    }

    // SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
    private static void scan(Call call) {
        Arguments args = call.args();
        long cursor = cursor(args, 1);
        long count = DEFAULT_COUNT;
        int pattern = 0;
        int type = 0;
        for (int i = 2; i < args.count(); i += 2) {
            if (i + 1 == args.count()) {
                throw Errors.SYNTAX;
            }
            if (args.is(i, "COUNT")) {
                count = call.integer(i + 1);
                if (count < 1) {
                    throw Errors.SYNTAX;
                }
            } else if (args.is(i, "MATCH")) {
                pattern = i + 1;
            } else if (args.is(i, "TYPE")) {
                type = i + 1;
            } else {
                throw Errors.SYNTAX;
            }
        }
        List<byte[]> keys = new ArrayList<>();
        Filter filter = new Filter(call, pattern, type, (key, length) -> keys.add(Arrays.copyOf(key, length)));
        long next = call.node().keyspace().database(call.db()).scan(cursor, count, filter);
        call.deleteExpired(filter.expired);
        call.reply().array(2);
        call.reply().bulk(Long.toUnsignedString(next));
        call.reply().array(keys.size());
        for (byte[] key : keys) {
            call.reply().bulk(key);
        }
    }

    /** As {@code strtoul} reads it: a sign, any number of zeros, nothing at all for 0, up to a zero byte; but no spaces, and no overflow. */
    static long cursor(Arguments args, int arg) {
        byte[] array = args.array(arg);
        int at = args.offset(arg);
        int end = at;
        while (end < at + args.length(arg) && array[end] != 0) {
            end++;
        }
        boolean negative = at < end && array[at] == '-';
        int first = negative || at < end && array[at] == '+' ? at + 1 : at;
        if (first == end && first > at) {
            throw INVALID_CURSOR;
        }
        long value = 0;
        for (int i = first; i < end; i++) {
            int digit = array[i] - '0';
            if (digit < 0
                    || digit > 9
                    || Long.compareUnsigned(value, Long.divideUnsigned(-1, 10)) > 0
                    || Long.compareUnsigned(value * 10, -1L - digit) > 0) {
                throw INVALID_CURSOR;
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }
}
