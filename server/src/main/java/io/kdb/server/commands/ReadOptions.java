package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.store.StreamValue;

/** The options of XREAD and XREADGROUP. Owner: one command. */
final class ReadOptions {
    /** No BLOCK. */
    static final long NO_BLOCK = -1;

    private static final CommandError GROUP_IN_XREAD =
            new CommandError("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    private static final CommandError NOACK_IN_XREAD =
            new CommandError("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    private static final CommandError UNBALANCED = new CommandError(
            "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
    private static final CommandError NO_GROUP = new CommandError("ERR Missing GROUP option for XREADGROUP");
    boolean isGroup;
    int groupArg;
    long count;
    long blockMs = NO_BLOCK;
    boolean noAck;
    int streams;
    private int streamsArg;

    static ReadOptions parse(Call call, boolean isGroup) {
        ReadOptions options = new ReadOptions();
        options.isGroup = isGroup;
        options.read(call);
        return options;
    }

    private void read(Call call) {
        Arguments args = call.args();
        for (int i = 1; i < args.count() && streamsArg == 0; i++) {
            int more = args.count() - i - 1;
            if (more > 0 && args.is(i, "BLOCK")) {
                blockMs = BlockingTimeouts.milliseconds(call, ++i);
            } else if (more > 0 && args.is(i, "COUNT")) {
                count = Math.max(0, call.integer(++i));
            } else if (more > 0 && args.is(i, "STREAMS")) {
                if (more % 2 != 0) {
                    throw UNBALANCED;
                }
                streamsArg = i + 1;
                streams = more / 2;
            } else if (more >= 2 && args.is(i, "GROUP")) {
                if (!isGroup) {
                    throw GROUP_IN_XREAD;
                }
                groupArg = i + 1;
                i += 2;
            } else if (args.is(i, "NOACK")) {
                if (!isGroup) {
                    throw NOACK_IN_XREAD;
                }
                noAck = true;
            } else {
                throw Errors.SYNTAX;
            }
        }
        if (streamsArg == 0) {
            throw Errors.SYNTAX;
        }
        if (isGroup && groupArg == 0) {
            throw NO_GROUP;
        }
    }

    int keyArg(int i) {
        return streamsArg + i;
    }

    int idArg(int i) {
        return streamsArg + streams + i;
    }

    /** Points the stream's group at the one named; false when there is none. */
    boolean find(Call call, StreamValue stream) {
        return StreamGroupCommands.find(call.args(), groupArg, stream.group());
    }

    CommandError noGroup(Call call, int i) {
        return new CommandError("NOGROUP No such key '" + StreamArguments.shown(call, keyArg(i))
                + "' or consumer group '" + StreamArguments.shown(call, groupArg)
                + "' in XREADGROUP with GROUP option");
    }
}
