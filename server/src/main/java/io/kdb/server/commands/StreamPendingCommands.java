package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STREAM;
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
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** XPENDING, XCLAIM and XAUTOCLAIM: what consumers got and have not acknowledged, and who is to get it instead. */
public final class StreamPendingCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("xpending", -3, key(1, RO, ACCESS), StreamPendingCommands::xpending, READONLY)
                    .in(STREAM),
            row("xclaim", -6, key(1, RW, UPDATE), StreamPendingCommands::xclaim, WRITE, FAST)
                    .in(STREAM),
            row("xautoclaim", -6, key(1, RW, DELETE), StreamPendingCommands::xautoclaim, WRITE, FAST)
                    .in(STREAM));

    private static final CommandError CLAIM_IDLE = new CommandError("ERR Invalid min-idle-time argument for XCLAIM");
    private static final CommandError AUTOCLAIM_IDLE =
            new CommandError("ERR Invalid min-idle-time argument for XAUTOCLAIM");
    private static final CommandError COUNT = new CommandError("ERR COUNT must be > 0");

    private static final long DEFAULT_COUNT = 100;
    /** How many entries XAUTOCLAIM looks at for each that it may claim. */
    private static final long ATTEMPTS = 10;

    private static final int ID_BYTES = 16;

    private StreamPendingCommands() {}

    /** The group of arguments 1 and 2, which must exist. */
    private static StreamGroup group(Call call, KeyCursor key) {
        if (!key.exists()
                || !StreamGroupCommands.find(call.args(), 2, key.stream().group())) {
            throw new CommandError("NOGROUP No such key '" + StreamArguments.shown(call, 1) + "' or consumer group '"
                    + StreamArguments.shown(call, 2) + "'");
        }
        return key.stream().group();
    }

    // XPENDING key group [[IDLE min-idle-time] start end count [consumer]]
    private static void xpending(Call call) {
        Arguments args = call.args();
        int argc = args.count();
        if (argc != 3 && (argc < 6 || argc > 9)) {
            throw Errors.SYNTAX;
        }
        if (argc == 3) {
            summary(call, group(call, call.read(1).requireType(ValueType.STREAM)));
            return;
        }
        int start = 3;
        long minIdle = 0;
        if (args.is(3, "IDLE")) {
            minIdle = call.integer(4);
            if (argc < 8) {
                throw Errors.SYNTAX;
            }
            start = 5;
        }
        long count = call.integer(start + 2);
        StreamId from = StreamArguments.start(call, start, new StreamId());
        StreamId to = StreamArguments.end(call, start + 1, new StreamId());
        StreamGroup group = group(call, call.read(1).requireType(ValueType.STREAM));
        long consumer = 0;
        if (start + 3 < argc) {
            consumer = StreamGroupCommands.consumer(args, start + 3, group);
            if (consumer == 0) {
                call.reply().array(0);
                return;
            }
        }
        pending(call, group, consumer, from, to, count, minIdle);
    }

    private static void summary(Call call, StreamGroup group) {
        call.reply().array(4);
        long total = group.pendingCount();
        call.reply().integer(total);
        if (total == 0) {
            call.reply().nullBulk();
            call.reply().nullBulk();
            call.reply().nullArray();
            return;
        }
        group.findPendingFrom(0, new StreamId());
        group.pendingId().reply(call.reply());
        group.findLastPending();
        group.pendingId().reply(call.reply());
        List<byte[]> names = group.consumerNames();
        names.removeIf(name -> group.pendingCount(group.consumer(name, 0, name.length)) == 0);
        call.reply().array(names.size());
        for (byte[] name : names) {
            call.reply().array(2);
            call.reply().bulk(name);
            call.reply().bulk(group.pendingCount(group.consumer(name, 0, name.length)));
        }
    }

    private static void pending(
            Call call, StreamGroup group, long consumer, StreamId from, StreamId to, long count, long minIdle) {
        StreamId next = new StreamId().set(from);
        long n = 0;
        while (n < count && findIdle(call, group, consumer, next, to, minIdle)) {
            n++;
            if (!next.increment()) {
                break;
            }
        }
        call.reply().array(n);
        next.set(from);
        for (long i = 0; i < n && findIdle(call, group, consumer, next, to, minIdle); i++) {
            call.reply().array(4);
            next.reply(call.reply());
            group.consumerName(group.pendingConsumer()).reply(call.reply());
            call.reply().integer(Math.max(0, call.nowMs() - group.deliveredMs()));
            call.reply().integer(group.deliveries());
            next.increment();
        }
    }

    /** Finds a pending entry that has been idle for so long, from {@code next} on, which becomes its ID. */
    private static boolean findIdle(
            Call call, StreamGroup group, long consumer, StreamId next, StreamId to, long minIdle) {
        while (group.findPendingFrom(consumer, next) && group.pendingId().compareTo(to) <= 0) {
            next.set(group.pendingId());
            if (minIdle == 0 || call.nowMs() - group.deliveredMs() >= minIdle) {
                return true;
            }
            if (!next.increment()) {
                return false;
            }
        }
        return false;
    }

    // XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME ms] [RETRYCOUNT count] [FORCE] [JUSTID]
    //   [LASTID id]
    private static void xclaim(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.STREAM);
        StreamGroup group = group(call, key);
        long minIdle = Math.max(0, call.integer(4, CLAIM_IDLE));
        ClaimOptions options = ClaimOptions.parse(call);
        boolean lastIdChanged = options.lastId.compareTo(group.lastId(new StreamId())) > 0;
        call.rewriteEffect();
        if (lastIdChanged) {
            group.setLastId(options.lastId);
        }
        StreamValue stream = key.stream();
        Claims claims = new Claims(call, key, group);
        StreamId id = new StreamId();
        for (int i = 5; i < options.idsEnd; i++) {
            StreamArguments.strict(call, i, id);
            boolean isPending = group.findPending(id);
            if (!stream.contains(id)) {
                if (isPending) {
                    claims.dropDeleted(id);
                    lastIdChanged = false;
                }
                continue;
            }
            if (!isPending && !options.force
                    || isPending && minIdle > 0 && call.nowMs() - group.deliveredMs() < minIdle) {
                continue;
            }
            long deliveries = isPending ? group.deliveries() : 1;
            if (options.retryCount >= 0) {
                deliveries = options.retryCount;
            } else if (!options.justId) {
                deliveries++;
            }
            claims.claim(id, options.deliveredMs, deliveries);
            lastIdChanged = false;
        }
        if (lastIdChanged) {
            key.changedUnwatched();
            GroupReading.logLastId(call, 1, 2, group);
        }
        claims.reply(stream, options.justId);
    }

    // XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]
    private static void xautoclaim(Call call) {
        KeyCursor key = call.read(1);
        long minIdle = Math.max(0, call.integer(4, AUTOCLAIM_IDLE));
        StreamId next = StreamArguments.start(call, 5, new StreamId());
        Arguments args = call.args();
        long count = DEFAULT_COUNT;
        boolean justId = false;
        for (int i = 6; i < args.count(); i++) {
            if (i + 1 < args.count() && args.is(i, "COUNT")) {
                count = call.integer(++i, 1, Long.MAX_VALUE / ID_BYTES, COUNT);
            } else if (args.is(i, "JUSTID")) {
                justId = true;
            } else {
                throw Errors.SYNTAX;
            }
        }
        StreamGroup group = group(call, key.requireType(ValueType.STREAM));
        call.rewriteEffect();
        StreamValue stream = key.stream();
        Claims claims = new Claims(call, key, group);
        boolean more = group.findPendingFrom(0, next);
        for (long attempts = count * ATTEMPTS; more && attempts > 0 && count > 0; attempts--) {
            next.set(group.pendingId());
            if (!stream.contains(next)) {
                claims.dropDeleted(next);
                count--;
            } else if (minIdle == 0 || call.nowMs() - group.deliveredMs() >= minIdle) {
                claims.claim(next, call.nowMs(), group.deliveries() + (justId ? 0 : 1));
                count--;
            }
            more = next.increment() && group.findPendingFrom(0, next);
        }
        call.reply().array(3);
        (more ? group.pendingId() : new StreamId()).reply(call.reply());
        claims.reply(stream, justId);
        claims.replyDeleted();
    }
}
