package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.Segment;
import io.kdb.server.store.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subcommands of DEBUG that make keys or look into them. Stateless. */
final class DebugKeys {
    private static final Logger LOG = LoggerFactory.getLogger(DebugKeys.class);

    private static final CommandError NOT_LISTPACK = new CommandError("ERR Not a listpack encoded object.");
    private static final CommandError NO_TABLE =
            new CommandError("ERR The value stored at the specified key is not represented using an hash table");
    private static final CommandError NO_DATABASE = new CommandError("ERR Out of range database");
    private static final int SHOWN_BYTES = 4096;

    private DebugKeys() {}

    /** POPULATE count [prefix] [size]: the keys that are not there yet; replicas do not hear of it. */
    static void populate(Call call) {
        Arguments args = call.args();
        long count = call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE);
        String prefix = args.count() > 3 ? args.text(3) : "key";
        int size = args.count() > 4 ? (int) call.integer(4, 0, Integer.MAX_VALUE - 16, Errors.NOT_POSITIVE) : 0;
        call.rewriteEffect();
        for (long i = 0; i < count; i++) {
            byte[] value = ("value:" + i).getBytes(StandardCharsets.ISO_8859_1);
            byte[] padded = size == 0 ? value : Arrays.copyOf(value, size);
            byte[] name = (prefix + ":" + i).getBytes(StandardCharsets.ISO_8859_1);
            Segment segment = call.segment(name);
            boolean unlock = segment.enter();
            try {
                KeyCursor key = call.other(name).lookupPeek();
                if (!key.exists()) {
                    key.setString(padded, 0, padded.length, KeyCursor.NO_EXPIRY);
                }
            } finally {
                if (unlock) {
                    segment.unlock();
                }
            }
        }
        call.reply().ok();
    }

    /** Has the key of argument 2 looked at, in its lock. */
    private static void look(Call call, Consumer<KeyCursor> what) {
        Segment segment = call.segment(2);
        boolean unlock = segment.enter();
        try {
            KeyCursor key = call.peek(2);
            if (!key.exists()) {
                throw Errors.NO_SUCH_KEY;
            }
            what.accept(key);
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    /** LISTPACK key: its bytes in the log. */
    static void listpack(Call call) {
        look(call, key -> {
            if (key.type() == ValueType.STRING || key.encoding() != Encoding.LISTPACK) {
                throw NOT_LISTPACK;
            }
            byte[] bytes = key.value();
            LOG.warn(
                    "listpack of {} bytes: {}",
                    bytes.length,
                    HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN_BYTES)));
        });
        call.reply().simple("Listpack structure printed on stdout");
    }

    /** HTSTATS db. */
    static void tableStatistics(Call call) {
        long db = call.integer(2);
        if (db < 0 || db >= call.node().keyspace().databaseCount()) {
            throw NO_DATABASE;
        }
        long keys = call.node().keyspace().database((int) db).size();
        long expiring = call.node().keyspace().database((int) db).expiring();
        text(call, "[Dictionary HT]\n" + statistics(keys) + "[Expires HT]\n" + statistics(expiring));
    }

    /** HTSTATS-KEY key. */
    static void valueStatistics(Call call) {
        long[] size = new long[1];
        look(call, key -> {
            boolean table = key.type() == ValueType.SET && key.encoding() == Encoding.HASHTABLE
                    || key.type() == ValueType.HASH && key.encoding() == Encoding.HASHTABLE
                    || key.type() == ValueType.ZSET && key.encoding() == Encoding.SKIPLIST;
            if (!table) {
                throw NO_TABLE;
            }
            size[0] = key.type() == ValueType.SET
                    ? key.set().size()
                    : key.type() == ValueType.HASH
                            ? key.hash().size()
                            : key.sortedSet().size();
        });
        text(call, statistics(size[0]));
    }

    /** What a tree or a table of buckets has in common with Redis' hash tables: how much is in it. */
    private static String statistics(long count) {
        return count == 0
                ? "No stats available for empty dictionaries\n"
                : "Hash table 0 stats (main hash table):\n number of elements: " + count + "\n";
    }

    private static void text(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
    }
}
