package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STREAM;
import static io.kdb.server.dispatch.CommandFlag.BLOCKING;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.afterKeyword;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** XREAD and XREADGROUP: reading on where one has stopped, in several streams at once. */
public final class StreamReadCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row(
                            "xread",
                            -4,
                            afterKeyword("STREAMS", 1, -1, 1, 2, RO, ACCESS),
                            call -> read(call, false),
                            READONLY,
                            BLOCKING,
                            MOVABLEKEYS)
                    .in(STREAM),
            row(
                            "xreadgroup",
                            -7,
                            afterKeyword("STREAMS", 4, -1, 1, 2, RO, ACCESS),
                            call -> read(call, true),
                            WRITE,
                            BLOCKING,
                            MOVABLEKEYS)
                    .in(STREAM));

    private static final CommandError DOLLAR = new CommandError("ERR The $ ID is meaningless in the context of"
            + " XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to"
            + " get new messages. The $ ID would just return an empty result set.");
    private static final CommandError GREATER = new CommandError(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.");

    private static final StreamId MAX = new StreamId(-1, -1);

    private StreamReadCommands() {}

    // XREAD [COUNT count] [BLOCK ms] STREAMS key [key ...] id [id ...]
    // XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...]
    private static void read(Call call, boolean isGroup) {
        ReadOptions options = ReadOptions.parse(call, isGroup);
        StreamId[] after = new StreamId[options.streams];
        for (int i = 0; i < after.length; i++) {
            after[i] = after(call, options, i);
        }
        if (isGroup) {
            call.rewriteEffect();
        }
        boolean[] served = new boolean[after.length];
        int count = 0;
        for (int i = 0; i < after.length; i++) {
            served[i] = hasEntries(call, options, after, i);
            count += served[i] ? 1 : 0;
        }
        if (count == 0) {
            if (options.blockMs == ReadOptions.NO_BLOCK) {
                call.reply().nullArray();
            } else {
                call.block(new WaitsForEntries(call, options, after), options.keyArg(0), after.length, options.blockMs);
            }
            return;
        }
        if (call.reply().resp3()) {
            call.reply().map(count);
        } else {
            call.reply().array(count);
        }
        for (int i = 0; i < after.length; i++) {
            if (served[i]) {
                serve(call, options, call.peek(options.keyArg(i)), i, after[i], options.count);
            }
        }
    }

    /** The ID that the i-th stream is to be read after; null for {@code >}. */
    private static StreamId after(Call call, ReadOptions options, int i) {
        int idArg = options.idArg(i);
        KeyCursor key = call.read(options.keyArg(i)).requireType(ValueType.STREAM);
        if (options.isGroup && (!key.exists() || !options.find(call, key.stream()))) {
            throw options.noGroup(call, i);
        }
        StreamId id = new StreamId();
        if (StreamGroupCommands.isWord(call.args(), idArg, '$')) {
            if (options.isGroup) {
                throw DOLLAR;
            }
            return key.exists() ? key.stream().view().lastId(id) : id;
        }
        if (StreamGroupCommands.isWord(call.args(), idArg, '>')) {
            if (!options.isGroup) {
                throw GREATER;
            }
            return null;
        }
        StreamArguments.strict(call, idArg, id);
        return options.isGroup && id.isMax() ? null : id;
    }

    private static boolean hasEntries(Call call, ReadOptions options, StreamId[] after, int i) {
        KeyCursor key = call.read(options.keyArg(i));
        if (!key.exists()) {
            return false;
        }
        if (options.isGroup && after[i] != null) {
            return true; // the consumer's history
        }
        StreamValue stream = key.stream();
        StreamId top = new StreamId();
        if (!stream.lastEntryId(top)) {
            return false;
        }
        if (!options.isGroup) {
            return top.compareTo(after[i]) > 0;
        }
        options.find(call, stream);
        StreamId last = stream.group().lastId(new StreamId());
        return top.compareTo(last) > 0 && leavesSome(call, options, after, i, stream, last);
    }

    /** Whether the same key and {@code >} further left in this command leave something for this one. */
    private static boolean leavesSome(
            Call call, ReadOptions options, StreamId[] after, int i, StreamValue stream, StreamId last) {
        Arguments args = call.args();
        long before = 0;
        for (int j = 0; j < i; j++) {
            if (after[j] == null && args.equalTo(options.keyArg(j), args.copy(options.keyArg(i)))) {
                before++;
            }
        }
        if (before == 0) {
            return true;
        }
        if (options.count == 0 || !last.increment()) {
            return false;
        }
        long limit = before > Long.MAX_VALUE / options.count ? Long.MAX_VALUE : before * options.count;
        return limit < Long.MAX_VALUE && stream.count(last, MAX, false, limit + 1) > limit;
    }

    /** Replies with one stream's name and entries; the key has been looked up and holds a stream. */
    static void serve(Call call, ReadOptions options, KeyCursor key, int i, StreamId after, long count) {
        if (!call.reply().resp3()) {
            call.reply().array(2);
        }
        int keyArg = options.keyArg(i);
        Arguments args = call.args();
        call.reply().bulk(args.array(keyArg), args.offset(keyArg), args.length(keyArg));
        StreamValue stream = key.stream();
        if (options.isGroup) {
            options.find(call, stream);
            GroupReading.serve(call, options, key, keyArg, after, count);
            return;
        }
        StreamId from = new StreamId().set(after);
        from.increment();
        StreamCommands.replyRange(call, stream, from, MAX, count, false);
    }
}
