package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.PUBSUB;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandFlag.WHILE_SUBSCRIBED;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.NOT_KEY;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Subscribing;
import io.kdb.server.pubsub.Channel;
import io.kdb.server.pubsub.Kind;
import io.kdb.server.pubsub.PubSub;
import io.kdb.server.text.Glob;
import java.util.List;

/** Publishing and subscribing. https://redis.io/docs/latest/commands/?group=pubsub */
public final class PubSubCommands {
    public static final List<CommandSpec> TABLE = List.of(
            subscriber("subscribe", -2, call -> subscribe(call, Kind.CHANNEL)),
            subscriber("unsubscribe", -1, call -> unsubscribe(call, Kind.CHANNEL)),
            subscriber("psubscribe", -2, call -> subscribe(call, Kind.PATTERN)),
            subscriber("punsubscribe", -1, call -> unsubscribe(call, Kind.PATTERN)),
            shardSubscriber("ssubscribe", -2, call -> subscribe(call, Kind.SHARD)),
            shardSubscriber("sunsubscribe", -1, call -> unsubscribe(call, Kind.SHARD)),
            row("publish", 3, PubSubCommands::publish, PUBSUB, LOADING, STALE, FAST),
            row("spublish", 3, key(1, NOT_KEY), PubSubCommands::spublish, PUBSUB, LOADING, STALE, FAST),
            container(
                    "pubsub",
                    -2,
                    List.of(
                            row("channels", -2, call -> channels(call, false), PUBSUB, LOADING, STALE),
                            row("numsub", -2, call -> numsub(call, false), PUBSUB, LOADING, STALE),
                            row("numpat", 2, PubSubCommands::numpat, PUBSUB, LOADING, STALE),
                            row("shardchannels", -2, call -> channels(call, true), PUBSUB, LOADING, STALE),
                            row("shardnumsub", -2, call -> numsub(call, true), PUBSUB, LOADING, STALE),
                            row("help", 2, PubSubCommands::help, LOADING, STALE))));

    private PubSubCommands() {}

    private static CommandSpec subscriber(String name, int arity, CommandFunction function) {
        return row(name, arity, function, PUBSUB, NOSCRIPT, LOADING, STALE, WHILE_SUBSCRIBED);
    }

    private static CommandSpec shardSubscriber(String name, int arity, CommandFunction function) {
        return row(name, arity, keys(1, -1, 1, NOT_KEY), function, PUBSUB, NOSCRIPT, LOADING, STALE, WHILE_SUBSCRIBED);
    }

    // SUBSCRIBE channel [channel ...]
    // PSUBSCRIBE pattern [pattern ...]
    // SSUBSCRIBE shardchannel [shardchannel ...]
    private static void subscribe(Call call, Kind kind) {
        for (int i = 1; i < call.args().count(); i++) {
            Subscribing.subscribe(call.session(), kind, call.args().copy(i));
        }
    }

    // UNSUBSCRIBE [channel [channel ...]]
    // PUNSUBSCRIBE [pattern [pattern ...]]
    // SUNSUBSCRIBE [shardchannel [shardchannel ...]]
    private static void unsubscribe(Call call, Kind kind) {
        if (call.args().count() == 1) {
            Subscribing.unsubscribeAll(call.session(), kind);
            return;
        }
        for (int i = 1; i < call.args().count(); i++) {
            Subscribing.unsubscribe(call.session(), kind, call.args().copy(i));
        }
    }

    // PUBLISH channel message
    private static void publish(Call call) {
        publish(call, false);
    }

    // SPUBLISH shardchannel message
    private static void spublish(Call call) {
        publish(call, true);
    }

    private static void publish(Call call, boolean shard) {
        Arguments args = call.args();
        byte[] channel = args.copy(1);
        byte[] message = args.copy(2);
        int receivers = call.node().pubSub().publish(call.dispatcher().subscribers(), shard, channel, message);
        if (call.node().isClustered()) {
            call.node().pubSub().relay().publish(shard, channel, message);
        } else if (!call.node().isReplica()) {
            call.startEffect(3)
                    .argument(shard ? Words.SPUBLISH : Words.PUBLISH)
                    .argument(channel)
                    .argument(message);
        }
        call.reply().integer(receivers);
    }

    // PUBSUB CHANNELS [pattern]
    // PUBSUB SHARDCHANNELS [pattern]
    private static void channels(Call call, boolean shard) {
        Arguments args = call.args();
        if (args.count() > 3) {
            throw Errors.subcommandSyntax(args.text(1), "pubsub");
        }
        byte[] pattern = args.count() == 3 ? args.copy(2) : null;
        List<Channel> found = call.node().pubSub().active(shard).stream()
                .filter(channel -> pattern == null || Glob.matches(pattern, channel.name()))
                .toList();
        call.reply().array(found.size());
        found.forEach(channel -> call.reply().bulk(channel.name()));
    }

    // PUBSUB NUMSUB [channel [channel ...]]
    // PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]
    private static void numsub(Call call, boolean shard) {
        Arguments args = call.args();
        PubSub pubSub = call.node().pubSub();
        call.reply().array(2L * (args.count() - 2));
        for (int i = 2; i < args.count(); i++) {
            byte[] name = args.copy(i);
            call.reply().bulk(name);
            call.reply().integer(pubSub.subscriberCount(shard, new Channel(name)));
        }
    }

    // PUBSUB NUMPAT
    private static void numpat(Call call) {
        call.reply().integer(call.node().pubSub().patternCount());
    }

    // PUBSUB HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "CHANNELS [<pattern>]",
                "    List the channels that have subscribers (and match <pattern>).",
                "NUMPAT",
                "    Count the different patterns that are subscribed to.",
                "NUMSUB [<channel> ...]",
                "    Count the subscribers of these channels; those by pattern do not count.",
                "SHARDCHANNELS [<pattern>]",
                "    List the shard channels that have subscribers (and match <pattern>).",
                "SHARDNUMSUB [<shardchannel> ...]",
                "    Count the subscribers of these shard channels.");
    }
}
