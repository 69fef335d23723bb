package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STREAM;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.StreamView;
import io.kdb.server.store.ValueType;
import java.util.List;

/** XINFO: what a stream, its groups and their consumers are like. */
public final class StreamInfoCommands {
    public static final List<CommandSpec> TABLE = List.of(container(
            "xinfo",
            -2,
            List.of(
                    row("stream", -3, key(2, RO, ACCESS), StreamInfoCommands::stream, READONLY)
                            .in(STREAM),
                    row("groups", 3, key(2, RO, ACCESS), StreamInfoCommands::groups, READONLY)
                            .in(STREAM),
                    row("consumers", 4, key(2, RO, ACCESS), StreamInfoCommands::consumers, READONLY)
                            .in(STREAM),
                    row("help", 2, StreamInfoCommands::help, LOADING, STALE).in(STREAM))));

    private static final long DEFAULT_COUNT = 10;
    private static final StreamId MIN = new StreamId();
    private static final StreamId MAX = new StreamId(-1, -1);

    private StreamInfoCommands() {}

    private static StreamValue existing(Call call) {
        KeyCursor key = call.read(2);
        if (!key.exists()) {
            throw Errors.NO_SUCH_KEY;
        }
        return key.requireType(ValueType.STREAM).stream();
    }

    // XINFO CONSUMERS key group
    private static void consumers(Call call) {
        StreamGroup group = existing(call).group();
        if (!StreamGroupCommands.find(call.args(), 3, group)) {
            throw StreamGroupCommands.noSuchGroup(call, 2, 3);
        }
        ReplyWriter reply = call.reply();
        List<byte[]> names = group.consumerNames();
        reply.array(names.size());
        for (byte[] name : names) {
            long consumer = group.consumer(name, 0, name.length);
            reply.map(3);
            reply.bulk("name");
            reply.bulk(name);
            reply.bulk("pending");
            reply.integer(group.pendingCount(consumer));
            reply.bulk("idle");
            reply.integer(Math.max(0, call.nowMs() - group.seenMs(consumer)));
        }
    }

    // XINFO GROUPS key
    private static void groups(Call call) {
        StreamGroup group = existing(call).group();
        ReplyWriter reply = call.reply();
        List<byte[]> names = group.names();
        reply.array(names.size());
        for (byte[] name : names) {
            group.find(name, 0, name.length);
            reply.map(6);
            reply.bulk("name");
            reply.bulk(name);
            reply.bulk("consumers");
            reply.integer(group.consumerCount());
            reply.bulk("pending");
            reply.integer(group.pendingCount());
            replyProgress(reply, group);
        }
    }

    private static void replyProgress(ReplyWriter reply, StreamGroup group) {
        reply.bulk("last-delivered-id");
        group.lastId(new StreamId()).reply(reply);
        reply.bulk("entries-read");
        replyCounter(reply, group.entriesRead(), StreamView.UNKNOWN);
        reply.bulk("lag");
        replyCounter(reply, group.lag(), StreamGroup.NO_LAG);
    }

    private static void replyCounter(ReplyWriter reply, long count, long unknown) {
        if (count == unknown) {
            reply.nullBulk();
        } else {
            reply.integer(count);
        }
    }

    // XINFO STREAM key [FULL [COUNT count]]
    private static void stream(Call call) {
        StreamValue stream = existing(call);
        Arguments args = call.args();
        boolean full = args.count() > 3;
        long count = DEFAULT_COUNT;
        if (full) {
            if (args.count() != 4 && args.count() != 6 || !args.is(3, "FULL")) {
                throw StreamGroupCommands.subcommandSyntax(call);
            }
            if (args.count() == 6) {
                if (!args.is(4, "COUNT")) {
                    throw StreamGroupCommands.subcommandSyntax(call);
                }
                count = call.integer(5);
                count = count < 0 ? DEFAULT_COUNT : count;
            }
        }
        ReplyWriter reply = call.reply();
        reply.map(full ? 9 : 10);
        replyCounters(reply, stream.view());
        if (full) {
            reply.bulk("entries");
            StreamCommands.replyRange(call, stream, MIN, MAX, count, false);
            reply.bulk("groups");
            replyGroups(reply, stream.group(), count == 0 ? Long.MAX_VALUE : count);
        } else {
            reply.bulk("groups");
            reply.integer(stream.view().groupCount());
            reply.bulk("first-entry");
            replyEdge(reply, stream, false);
            reply.bulk("last-entry");
            replyEdge(reply, stream, true);
        }
    }

    private static void replyCounters(ReplyWriter reply, StreamView view) {
        StreamId id = new StreamId();
        reply.bulk("length");
        reply.integer(view.length());
        reply.bulk("radix-tree-keys");
        reply.integer(view.nodeCount());
        reply.bulk("radix-tree-nodes");
        reply.integer(view.radixNodes());
        reply.bulk("last-generated-id");
        view.lastId(id).reply(reply);
        reply.bulk("max-deleted-entry-id");
        view.maxDeletedId(id).reply(reply);
        reply.bulk("entries-added");
        reply.integer(view.entriesAdded());
        reply.bulk("recorded-first-entry-id");
        view.firstId(id).reply(reply);
    }

    private static void replyEdge(ReplyWriter reply, StreamValue stream, boolean last) {
        var entries = stream.range(MIN, MAX, last);
        if (entries.next()) {
            entries.reply(reply);
        } else {
            reply.nullBulk();
        }
    }

    private static void replyGroups(ReplyWriter reply, StreamGroup group, long count) {
        List<byte[]> names = group.names();
        reply.array(names.size());
        for (byte[] name : names) {
            group.find(name, 0, name.length);
            reply.map(7);
            reply.bulk("name");
            reply.bulk(name);
            replyProgress(reply, group);
            reply.bulk("pel-count");
            reply.integer(group.pendingCount());
            reply.bulk("pending");
            replyPending(reply, group, 0, Math.min(count, group.pendingCount()));
            reply.bulk("consumers");
            List<byte[]> consumers = group.consumerNames();
            reply.array(consumers.size());
            for (byte[] consumer : consumers) {
                replyConsumer(reply, group, consumer, count);
            }
        }
    }

    private static void replyConsumer(ReplyWriter reply, StreamGroup group, byte[] name, long count) {
        long consumer = group.consumer(name, 0, name.length);
        reply.map(4);
        reply.bulk("name");
        reply.bulk(name);
        reply.bulk("seen-time");
        reply.integer(group.seenMs(consumer));
        reply.bulk("pel-count");
        reply.integer(group.pendingCount(consumer));
        reply.bulk("pending");
        replyPending(reply, group, consumer, Math.min(count, group.pendingCount(consumer)));
    }

    private static void replyPending(ReplyWriter reply, StreamGroup group, long consumer, long count) {
        reply.array(count);
        StreamId next = new StreamId();
        for (long i = 0; i < count && group.findPendingFrom(consumer, next); i++) {
            next.set(group.pendingId());
            reply.array(consumer == 0 ? 4 : 3);
            next.reply(reply);
            if (consumer == 0) {
                group.consumerName(group.pendingConsumer()).reply(reply);
            }
            reply.integer(group.deliveredMs());
            reply.integer(group.deliveries());
            next.increment();
        }
    }

    // XINFO HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "CONSUMERS <key> <group>",
                "    What the consumers of <group> have pending, and since when they are idle.",
                "GROUPS <key>",
                "    The groups, what is pending in them and how far they have read.",
                "STREAM <key> [FULL [COUNT <count>]]",
                "    The stream; FULL with so many entries and pending ones.");
    }
}
