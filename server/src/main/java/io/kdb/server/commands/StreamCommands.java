package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STREAM;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.StreamCursor;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Adding, reading and removing a stream's entries. https://redis.io/docs/latest/develop/data-types/streams/ */
public final class StreamCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row(
                            "xadd",
                            -5,
                            key(1, RW, UPDATE)
                                    .withNotes("UPDATE instead of INSERT because of the optional trimming feature"),
                            StreamCommands::xadd,
                            WRITE,
                            DENYOOM,
                            FAST)
                    .in(STREAM),
            row("xlen", 2, key(1, RO), StreamCommands::xlen, READONLY, FAST).in(STREAM),
            row("xrange", -4, key(1, RO, ACCESS), call -> range(call, false), READONLY)
                    .in(STREAM),
            row("xrevrange", -4, key(1, RO, ACCESS), call -> range(call, true), READONLY)
                    .in(STREAM),
            row("xdel", -3, key(1, RW, DELETE), StreamCommands::xdel, WRITE, FAST)
                    .in(STREAM),
            row("xtrim", -4, key(1, RW, DELETE), StreamCommands::xtrim, WRITE).in(STREAM),
            row("xsetid", -3, key(1, RW, UPDATE), StreamCommands::xsetid, WRITE, DENYOOM, FAST)
                    .in(STREAM));

    private static final CommandError ZERO_ID =
            new CommandError("ERR The ID specified in XADD must be greater than 0-0");
    private static final CommandError EXHAUSTED =
            new CommandError("ERR The stream has exhausted the last possible ID, unable to add more items");
    private static final CommandError SMALL_ID =
            new CommandError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    private static final CommandError TOO_LARGE = new CommandError("ERR Elements are too large to be stored");
    private static final CommandError NEGATIVE_ADDED = new CommandError("ERR entries_added must be positive");
    private static final CommandError BELOW_DELETED =
            new CommandError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
    private static final CommandError BELOW_TOP =
            new CommandError("ERR The ID specified in XSETID is smaller than the target stream top item");
    private static final CommandError ADDED_BELOW_LENGTH =
            new CommandError("ERR The entries_added specified in XSETID is smaller than the target stream length");

    private StreamCommands() {}

    // XADD key [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value [field value ...]
    private static void xadd(Call call) {
        TrimOptions options = TrimOptions.parse(call, true);
        Arguments args = call.args();
        int first = options.idArg + 1;
        int words = args.count() - first;
        if (words < 2 || words % 2 == 1) {
            throw Errors.wrongArity(call.spec());
        }
        if (options.idGiven && options.seqGiven && options.id.isZero()) {
            throw ZERO_ID;
        }
        KeyCursor key = call.write(1).requireType(ValueType.STREAM);
        if (!key.exists() && options.noMkStream) {
            call.reply().nullBulk();
            return;
        }
        StreamValue stream = key.stream();
        StreamId last = stream.view().lastId(options.last);
        if (last.isMax()) {
            throw EXHAUSTED;
        }
        chooseId(call, options, last);
        long bytes = 0;
        for (int i = first; i < args.count(); i++) {
            bytes += args.length(i);
        }
        if (bytes > StreamValue.MAX_NODE_BYTES) {
            throw TOO_LARGE;
        }
        stream.append(options.id, args, first, words / 2);
        options.id.reply(call.reply());
        key.changed();
        key.event(KeyspaceEvents.STREAM, "xadd");
        boolean trims = options.trims();
        try {
            if (trims && options.trim(stream) > 0) {
                key.event(KeyspaceEvents.STREAM, "xtrim");
            }
        } catch (StoreFull full) {
            trims = false; // the entry stands; what is too old goes with one of the next
        }
        if (options.trims() && !trims) {
            options.logUntrimmed(call);
        } else if (options.isApproximate() || !options.idGiven || !options.seqGiven) {
            options.log(call, stream, true);
        }
        key.ready();
    }

    private static void chooseId(Call call, TrimOptions options, StreamId last) {
        StreamId id = options.id;
        if (!options.idGiven) {
            id.set(last);
            if (Long.compareUnsigned(call.nowMs(), last.ms()) > 0) {
                id.set(call.nowMs(), 0);
            } else {
                id.increment();
            }
        } else if (!options.seqGiven && id.ms() == last.ms()) {
            if (last.seq() == -1) {
                throw TOO_LARGE; // what Redis says, for want of another reason
            }
            id.set(last.ms(), last.seq() + 1);
        }
        if (id.compareTo(last) <= 0) {
            throw SMALL_ID;
        }
    }

    // XLEN key
    private static void xlen(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.STREAM);
        call.reply().integer(key.exists() ? key.stream().view().length() : 0);
    }

    // XRANGE key start end [COUNT count]
    // XREVRANGE key end start [COUNT count]
    private static void range(Call call, boolean reverse) {
        StreamId from = StreamArguments.start(call, reverse ? 3 : 2, new StreamId());
        StreamId to = StreamArguments.end(call, reverse ? 2 : 3, new StreamId());
        long count = -1;
        Arguments args = call.args();
        for (int i = 4; i < args.count(); i += 2) {
            if (!args.is(i, "COUNT") || i + 1 == args.count()) {
                throw Errors.SYNTAX;
            }
            count = Math.max(0, call.integer(i + 1));
        }
        KeyCursor key = call.read(1);
        if (!key.exists()) {
            call.reply().array(0);
            return;
        }
        key.requireType(ValueType.STREAM);
        if (count == 0) {
            call.reply().nullArray();
        } else {
            replyRange(call, key.stream(), from, to, count < 0 ? 0 : count, reverse);
        }
    }

    /** Replies with the array of the entries of a range, at most {@code count} of them unless that is 0. */
    static void replyRange(Call call, StreamValue stream, StreamId from, StreamId to, long count, boolean reverse) {
        long n = stream.count(from, to, reverse, count == 0 ? Long.MAX_VALUE : count);
        call.reply().array(n);
        StreamCursor entries = stream.range(from, to, reverse);
        for (long i = 0; i < n; i++) {
            if (entries.next()) {
                entries.reply(call.reply());
            } else {
                call.reply().nullArray(); // a stream that was restored with IDs in disorder
            }
        }
    }

    // XDEL key id [id ...]
    private static void xdel(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.STREAM);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        StreamId id = new StreamId();
        int count = call.args().count();
        for (int i = 2; i < count; i++) {
            StreamArguments.strict(call, i, id);
        }
        StreamValue stream = key.stream();
        long deleted = 0;
        try {
            for (int i = 2; i < count; i++) {
                if (stream.delete(StreamArguments.strict(call, i, id))) {
                    deleted++;
                    call.doneUpTo(i + 1);
                }
            }
        } finally {
            if (deleted > 0) {
                key.changed();
                call.changed(deleted - 1);
                key.event(KeyspaceEvents.STREAM, "xdel");
            }
        }
        call.reply().integer(deleted);
    }

    // XTRIM key MAXLEN | MINID [= | ~] threshold [LIMIT count]
    private static void xtrim(Call call) {
        TrimOptions options = TrimOptions.parse(call, false);
        KeyCursor key = call.write(1).requireType(ValueType.STREAM);
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        StreamValue stream = key.stream();
        long deleted = options.trim(stream);
        if (deleted > 0) {
            key.event(KeyspaceEvents.STREAM, "xtrim");
            key.changed();
            call.changed(deleted - 1);
            if (options.isApproximate()) {
                options.log(call, stream, false);
            }
        }
        call.reply().integer(deleted);
    }

    // XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]
    private static void xsetid(Call call) {
        Arguments args = call.args();
        StreamId id = StreamArguments.strict(call, 2, new StreamId());
        StreamId maxDeleted = new StreamId();
        long added = -1;
        for (int i = 3; i < args.count(); i += 2) {
            boolean more = i + 1 < args.count();
            if (more && args.is(i, "ENTRIESADDED")) {
                added = call.integer(i + 1);
                if (added < 0) {
                    throw NEGATIVE_ADDED;
                }
            } else if (more && args.is(i, "MAXDELETEDID")) {
                StreamArguments.strict(call, i + 1, maxDeleted);
                if (id.compareTo(maxDeleted) < 0) {
                    throw BELOW_DELETED;
                }
            } else {
                throw Errors.SYNTAX;
            }
        }
        KeyCursor key = call.write(1);
        if (!key.exists()) {
            throw Errors.NO_SUCH_KEY;
        }
        StreamValue stream = key.requireType(ValueType.STREAM).stream();
        StreamId top = new StreamId();
        if (stream.lastEntryId(top)) {
            if (id.compareTo(top) < 0) {
                throw BELOW_TOP;
            }
            if (added != -1 && stream.view().length() > added) {
                throw ADDED_BELOW_LENGTH;
            }
        }
        stream.lastId(id);
        if (added != -1) {
            stream.entriesAdded(added);
        }
        if (!maxDeleted.isZero()) {
            stream.maxDeletedId(maxDeleted);
        }
        call.reply().ok();
        key.changedUnwatched();
        key.event(KeyspaceEvents.STREAM, "xsetid");
    }
}
