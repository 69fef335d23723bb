package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.Element;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.StreamCursor;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;

/** Delivering a stream's entries to a consumer of a group, and how that is logged. Stateless. */
final class GroupReading {
    private static final StreamId MAX = new StreamId(-1, -1);

    private GroupReading() {}

    /** Replies with the entries that XREADGROUP gets; {@code after} is null for new ones. The group has been found. */
    static void serve(Call call, ReadOptions options, KeyCursor key, int keyArg, StreamId after, long count) {
        StreamGroup group = key.stream().group();
        long consumer = StreamGroupCommands.consumer(call.args(), options.groupArg + 1, group);
        boolean made = consumer == 0;
        if (made) {
            consumer = StreamGroupCommands.createConsumer(call, key, group, options.groupArg + 1);
            if (options.noAck) {
                logConsumer(call, keyArg, options.groupArg);
            }
        } else {
            group.seenMs(consumer, call.nowMs());
        }
        try {
            if (after != null) {
                history(call, key, group, consumer, after, count);
            } else {
                fresh(call, options, key, keyArg, consumer, count);
            }
        } catch (StoreFull full) {
            if (made && !options.noAck) {
                logConsumer(call, keyArg, options.groupArg);
            }
            throw full;
        }
        key.changedUnwatched();
    }

    private static void fresh(Call call, ReadOptions options, KeyCursor key, int keyArg, long consumer, long count) {
        StreamValue stream = key.stream();
        StreamGroup group = stream.group();
        StreamId from = group.lastId(new StreamId());
        from.increment();
        long n = stream.count(from, MAX, false, count == 0 ? Long.MAX_VALUE : count);
        call.reply().array(n);
        key.changedUnwatched();
        StreamCursor entries = stream.range(from, MAX, false);
        StreamId id = new StreamId();
        for (long i = 0; i < n; i++) {
            if (!entries.next()) {
                call.reply().nullArray(); // a stream that was restored with IDs in disorder
                continue;
            }
            id.set(entries.id());
            entries.reply(call.reply());
            if (options.noAck) {
                group.delivered(id);
            } else {
                group.deliver(id, consumer, call.nowMs());
                logClaim(call, keyArg, options.groupArg, group);
            }
        }
        if (options.noAck && n > 0) {
            logLastId(call, keyArg, options.groupArg, group);
        }
    }

    private static void history(
            Call call, KeyCursor key, StreamGroup group, long consumer, StreamId after, long count) {
        StreamId from = new StreamId().set(after);
        from.increment();
        long limit = count == 0 ? Long.MAX_VALUE : count;
        StreamId next = new StreamId().set(from);
        long n = 0;
        while (n < limit && group.findPendingFrom(consumer, next)) {
            n++;
            if (!next.set(group.pendingId()).increment()) {
                break;
            }
        }
        call.reply().array(n);
        next.set(from);
        StreamValue stream = key.stream();
        for (long i = 0; i < n && group.findPendingFrom(consumer, next); i++) {
            next.set(group.pendingId());
            if (replyEntry(call, stream, next)) {
                group.setPending(next, consumer, call.nowMs(), group.deliveries() + 1);
            } else {
                call.reply().array(2);
                next.reply(call.reply());
                call.reply().nullArray();
            }
            next.increment();
        }
    }

    /** Replies with one entry; false, with nothing replied, when it is not in the stream. */
    static boolean replyEntry(Call call, StreamValue stream, StreamId id) {
        StreamCursor entries = stream.range(id, id, false);
        boolean found = entries.next();
        if (found) {
            entries.reply(call.reply());
        }
        return found;
    }

    /** Logs what was found last among the group's pending entries, as it is now. */
    static void logClaim(Call call, int keyArg, int groupArg, StreamGroup group) {
        Arguments args = call.args();
        Effects effect = call.startEffect(14)
                .argument(Words.XCLAIM)
                .argument(args, keyArg)
                .argument(args, groupArg);
        Element name = group.consumerName(group.pendingConsumer());
        effect.argument(name.array(), name.offset(), name.length())
                .argument(0)
                .argument(group.pendingId().toBytes())
                .argument(Words.TIME)
                .argument(group.deliveredMs())
                .argument(Words.RETRYCOUNT)
                .argument(group.deliveries())
                .argument(Words.FORCE)
                .argument(Words.JUSTID)
                .argument(Words.LASTID)
                .argument(group.lastId(new StreamId()).toBytes());
    }

    /** Logs the group's last ID and counter. */
    static void logLastId(Call call, int keyArg, int groupArg, StreamGroup group) {
        call.startEffect(7)
                .argument(Words.XGROUP)
                .argument(Words.SETID)
                .argument(call.args(), keyArg)
                .argument(call.args(), groupArg)
                .argument(group.lastId(new StreamId()).toBytes())
                .argument(Words.ENTRIESREAD)
                .argument(group.entriesRead());
    }

    /** Logs that the consumer named behind the group was made. */
    static void logConsumer(Call call, int keyArg, int groupArg) {
        call.startEffect(5)
                .argument(Words.XGROUP)
                .argument(Words.CREATECONSUMER)
                .argument(call.args(), keyArg)
                .argument(call.args(), groupArg)
                .argument(call.args(), groupArg + 1);
    }
}
