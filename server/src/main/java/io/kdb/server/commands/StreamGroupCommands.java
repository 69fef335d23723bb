package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STREAM;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.StreamView;
import io.kdb.server.store.ValueType;
import java.util.List;

/** XGROUP, which makes and changes consumer groups, and XACK. */
public final class StreamGroupCommands {
    public static final List<CommandSpec> TABLE = List.of(
            container(
                    "xgroup",
                    -2,
                    List.of(
                            row("create", -5, key(2, RW, INSERT), StreamGroupCommands::create, WRITE, DENYOOM)
                                    .in(STREAM),
                            row("setid", -5, key(2, RW, UPDATE), StreamGroupCommands::setid, WRITE)
                                    .in(STREAM),
                            row("destroy", 4, key(2, RW, DELETE), StreamGroupCommands::destroy, WRITE)
                                    .in(STREAM),
                            row(
                                            "createconsumer",
                                            5,
                                            key(2, RW, INSERT),
                                            StreamGroupCommands::createconsumer,
                                            WRITE,
                                            DENYOOM)
                                    .in(STREAM),
                            row("delconsumer", 5, key(2, RW, DELETE), StreamGroupCommands::delconsumer, WRITE)
                                    .in(STREAM),
                            row("help", 2, StreamGroupCommands::help, LOADING, STALE)
                                    .in(STREAM))),
            row("xack", -4, key(1, RW, UPDATE), StreamGroupCommands::xack, WRITE, FAST)
                    .in(STREAM));

    private static final CommandError NO_KEY = new CommandError("ERR The XGROUP subcommand requires the key to exist."
            + " Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.");
    private static final CommandError ENTRIES_READ =
            new CommandError("ERR value for ENTRIESREAD must be positive or -1");
    private static final CommandError BUSY = new CommandError("BUSYGROUP Consumer Group name already exists");

    private StreamGroupCommands() {}

    /** The reply to a container's subcommand whose words do not fit. */
    static CommandError subcommandSyntax(Call call) {
        String container = call.spec().parentOrSelf().name().toUpperCase(java.util.Locale.ROOT);
        String word = StreamArguments.shown(call, 1);
        return new CommandError("ERR unknown subcommand or wrong number of arguments for '"
                + word.substring(0, Math.min(128, word.length())) + "'. Try " + container + " HELP.");
    }

    /** The group of arguments 2 and 3, which must exist. */
    private static StreamGroup group(Call call, KeyCursor key) {
        if (!key.exists()) {
            throw NO_KEY;
        }
        StreamGroup group = key.stream().group();
        if (!find(call.args(), 3, group)) {
            throw noSuchGroup(call, 2, 3);
        }
        return group;
    }

    static boolean find(Arguments args, int arg, StreamGroup group) {
        return group.find(args.array(arg), args.offset(arg), args.length(arg));
    }

    static CommandError noSuchGroup(Call call, int keyArg, int groupArg) {
        return new CommandError("NOGROUP No such consumer group '" + StreamArguments.shown(call, groupArg)
                + "' for key name '" + StreamArguments.shown(call, keyArg) + "'");
    }

    /** CREATE's and SETID's options: ENTRIESREAD's value; MKSTREAM is told to the caller by {@code mkStream}. */
    private static long options(Call call, boolean isCreate, boolean[] mkStream) {
        Arguments args = call.args();
        long entriesRead = StreamView.UNKNOWN;
        for (int i = 5; i < args.count(); i++) {
            if (isCreate && args.is(i, "MKSTREAM")) {
                mkStream[0] = true;
            } else if (i + 1 < args.count() && args.is(i, "ENTRIESREAD")) {
                entriesRead = call.integer(++i);
                if (entriesRead < 0 && entriesRead != StreamView.UNKNOWN) {
                    throw ENTRIES_READ;
                }
            } else {
                throw subcommandSyntax(call);
            }
        }
        return entriesRead;
    }

    // XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD entries-read]
    private static void create(Call call) {
        boolean[] mkStream = new boolean[1];
        long entriesRead = options(call, true, mkStream);
        KeyCursor key = call.write(2).requireType(ValueType.STREAM);
        if (!key.exists() && !mkStream[0]) {
            throw NO_KEY;
        }
        Arguments args = call.args();
        if (args.count() > 8) {
            throw subcommandSyntax(call);
        }
        StreamId id = new StreamId();
        boolean exists = key.exists();
        if (isWord(args, 4, '$')) {
            if (exists) {
                key.stream().view().lastId(id);
            }
        } else {
            StreamArguments.strict(call, 4, id);
        }
        StreamValue stream = key.stream();
        if (exists && find(args, 3, stream.group())) {
            throw BUSY;
        }
        stream.group().create(args.array(3), args.offset(3), args.length(3), id, entriesRead);
        if (exists) {
            key.changedUnwatched();
        } else {
            key.changed();
        }
        call.reply().ok();
        key.event(KeyspaceEvents.STREAM, "xgroup-create");
    }

    static boolean isWord(Arguments args, int arg, char word) {
        return args.length(arg) == 1 && args.array(arg)[args.offset(arg)] == word;
    }

    // XGROUP SETID key group id | $ [ENTRIESREAD entries-read]
    private static void setid(Call call) {
        long entriesRead = options(call, false, null);
        KeyCursor key = call.write(2).requireType(ValueType.STREAM);
        StreamGroup group = group(call, key);
        Arguments args = call.args();
        if (args.count() != 5 && args.count() != 7) {
            throw subcommandSyntax(call);
        }
        StreamId id = new StreamId();
        if (isWord(args, 4, '$')) {
            key.stream().view().lastId(id);
        } else {
            StreamArguments.loose(call, 4, id);
        }
        group.setLastId(id);
        group.entriesRead(entriesRead);
        call.reply().ok();
        key.changedUnwatched();
        key.event(KeyspaceEvents.STREAM, "xgroup-setid");
    }

    // XGROUP DESTROY key group
    private static void destroy(Call call) {
        KeyCursor key = call.write(2).requireType(ValueType.STREAM);
        if (!key.exists()) {
            throw NO_KEY;
        }
        StreamGroup group = key.stream().group();
        if (!find(call.args(), 3, group)) {
            call.reply().integer(0);
            return;
        }
        group.destroy();
        call.reply().integer(1);
        key.changedUnwatched();
        key.event(KeyspaceEvents.STREAM, "xgroup-destroy");
        key.ready(); // whoever waits in the group is told
    }

    // XGROUP CREATECONSUMER key group consumer
    private static void createconsumer(Call call) {
        KeyCursor key = call.write(2).requireType(ValueType.STREAM);
        StreamGroup group = group(call, key);
        boolean absent = consumer(call.args(), 4, group) == 0;
        if (absent) {
            createConsumer(call, key, group, 4);
        }
        call.reply().integer(absent ? 1 : 0);
    }

    static long consumer(Arguments args, int arg, StreamGroup group) {
        return group.consumer(args.array(arg), args.offset(arg), args.length(arg));
    }

    /** Makes the consumer of this argument. */
    static long createConsumer(Call call, KeyCursor key, StreamGroup group, int arg) {
        Arguments args = call.args();
        long made = group.createConsumer(args.array(arg), args.offset(arg), args.length(arg), call.nowMs());
        key.changedUnwatched();
        key.event(KeyspaceEvents.STREAM, "xgroup-createconsumer");
        return made;
    }

    // XGROUP DELCONSUMER key group consumer
    private static void delconsumer(Call call) {
        KeyCursor key = call.write(2).requireType(ValueType.STREAM);
        StreamGroup group = group(call, key);
        long consumer = consumer(call.args(), 4, group);
        long pending = 0;
        if (consumer != 0) {
            pending = group.deleteConsumer(consumer);
            key.changedUnwatched();
            key.event(KeyspaceEvents.STREAM, "xgroup-delconsumer");
        }
        call.reply().integer(pending);
    }

    // XACK key group id [id ...]
    private static void xack(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.STREAM);
        Arguments args = call.args();
        if (!key.exists() || !find(args, 2, key.stream().group())) {
            call.reply().integer(0);
            return;
        }
        StreamId id = new StreamId();
        for (int i = 3; i < args.count(); i++) {
            StreamArguments.strict(call, i, id);
        }
        StreamGroup group = key.stream().group();
        find(args, 2, group);
        long acknowledged = 0;
        try {
            for (int i = 3; i < args.count(); i++) {
                if (group.removePending(StreamArguments.strict(call, i, id))) {
                    acknowledged++;
                    call.doneUpTo(i + 1);
                }
            }
        } finally {
            if (acknowledged > 0) {
                key.changedUnwatched();
                call.changed(acknowledged - 1);
            }
        }
        call.reply().integer(acknowledged);
    }

    // XGROUP HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]",
                "    Makes <group>, which is to get the entries after <id>, or from now on ($).",
                "    MKSTREAM makes the stream, too, when there is none; ENTRIESREAD says how many entries",
                "    the group has read.",
                "CREATECONSUMER <key> <group> <consumer>",
                "    Makes <consumer> in <group>.",
                "DELCONSUMER <key> <group> <consumer>",
                "    Removes <consumer> with what is pending for it.",
                "DESTROY <key> <group>",
                "    Removes <group>.",
                "SETID <key> <group> <id|$> [ENTRIESREAD <count>]",
                "    Says which entry <group> got last.");
    }
}
