package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Kept;
import io.kdb.server.log.Effects;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;

/** The options of XADD and XTRIM. Owner: one command; its event loop uses it again. */
final class TrimOptions {
    private static final CommandError BOTH =
            new CommandError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    private static final CommandError NEGATIVE_MAXLEN = new CommandError("ERR The MAXLEN argument must be >= 0.");
    private static final CommandError NEGATIVE_LIMIT = new CommandError("ERR The LIMIT argument must be >= 0.");
    private static final CommandError LIMIT_ALONE =
            new CommandError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    private static final CommandError NO_STRATEGY =
            new CommandError("ERR syntax error, XTRIM must be called with a trimming strategy");
    private static final CommandError LIMIT_EXACT =
            new CommandError("ERR syntax error, LIMIT cannot be used without the special ~ option");

    private static final int DEFAULT_NODES = 100;
    private static final long DEFAULT_LIMIT = 10_000;
    private static final long MAX_DEFAULT_LIMIT = 1_000_000;

    private static final byte[] EXACT = {'='};

    private static final Kept<TrimOptions> KEPT = new Kept<>(TrimOptions::new);

    /** XADD's ID, and how it was given. */
    final StreamId id = new StreamId();

    boolean idGiven;
    boolean seqGiven;
    boolean noMkStream;
    /** The stream's last ID before. */
    final StreamId last = new StreamId();

    /** The argument that is the ID, or behind the last. */
    int idArg;

    private StreamId minId;
    private long maxLength;
    private boolean trims;
    private boolean approximate;
    private long limit;
    private int thresholdArg;

    static TrimOptions parse(Call call, boolean isAdd) {
        TrimOptions options = call.kept(KEPT);
        options.clear();
        options.read(call, isAdd);
        return options;
    }

    private void clear() {
        id.set(0, 0);
        idGiven = false;
        seqGiven = true;
        noMkStream = false;
        minId = null;
        maxLength = 0;
        trims = false;
        approximate = false;
        limit = 0;
        thresholdArg = 0;
    }

    private void read(Call call, boolean isAdd) {
        Arguments args = call.args();
        boolean limitGiven = false;
        int i = 2;
        for (; i < args.count(); i++) {
            boolean more = i + 1 < args.count();
            if (isAdd && args.length(i) == 1 && args.array(i)[args.offset(i)] == '*') {
                break;
            } else if (more && args.is(i, "maxlen")) {
                i = operator(args, i);
                maxLength = call.integer(i);
                if (maxLength < 0) {
                    throw NEGATIVE_MAXLEN;
                }
            } else if (more && args.is(i, "minid")) {
                i = operator(args, i);
                minId = StreamArguments.strict(call, i, new StreamId());
            } else if (more && args.is(i, "limit")) {
                limit = call.integer(++i);
                if (limit < 0) {
                    throw NEGATIVE_LIMIT;
                }
                limitGiven = true;
            } else if (isAdd && args.is(i, "nomkstream")) {
                noMkStream = true;
            } else if (isAdd) {
                readId(args, i);
                break;
            } else {
                throw Errors.SYNTAX;
            }
        }
        idArg = i;
        if (limit != 0 && !trims) {
            throw LIMIT_ALONE;
        }
        if (!isAdd && !trims) {
            throw NO_STRATEGY;
        }
        limit(call, limitGiven);
    }

    private void readId(Arguments args, int i) {
        StreamArguments.Form form = StreamArguments.parse(args.array(i), args.offset(i), args.length(i), id, 0);
        if (form != StreamArguments.Form.WHOLE && form != StreamArguments.Form.AUTO_SEQ) {
            throw StreamArguments.INVALID_ID;
        }
        idGiven = true;
        seqGiven = form == StreamArguments.Form.WHOLE;
    }

    /** Skips {@code ~} or {@code =}; answers the argument that is the threshold. */
    private int operator(Arguments args, int i) {
        if (trims) {
            throw BOTH;
        }
        trims = true;
        int at = i + 1;
        if (at + 1 < args.count() && args.length(at) == 1) {
            byte operator = args.array(at)[args.offset(at)];
            approximate = operator == '~';
            if (approximate || operator == '=') {
                at++;
            }
        }
        thresholdArg = at;
        return at;
    }

    private void limit(Call call, boolean limitGiven) {
        if (call.isObeyed()) {
            limit = 0;
        } else if (limitGiven) {
            if (!approximate) {
                throw LIMIT_EXACT;
            }
        } else if (approximate) {
            long entries = call.node().config().get(Parameters.STREAM_NODE_MAX_ENTRIES);
            limit = DEFAULT_NODES * entries;
            limit = limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, MAX_DEFAULT_LIMIT);
        }
    }

    boolean trims() {
        return trims;
    }

    /** Whether what was trimmed must be told exactly. */
    boolean isApproximate() {
        return approximate;
    }

    long trim(StreamValue stream) {
        return stream.trim(minId, maxLength, approximate, limit);
    }

    /** Logs XADD without its options, and with the ID as it became. */
    void logUntrimmed(Call call) {
        Arguments args = call.args();
        int first = idArg + 1;
        Effects effect = call.startEffect(3 + args.count() - first)
                .argument(Words.XADD)
                .argument(args, 1)
                .argument(id.toBytes());
        for (int i = first; i < args.count(); i++) {
            effect.argument(args, i);
        }
    }

    /** Logs the command with the trimming made exact and the ID, where there is one, as it became. */
    void log(Call call, StreamValue stream, boolean withId) {
        Arguments args = call.args();
        Effects effect = call.startEffect(args.count());
        if (!call.dispatcher().effects().wanted()) {
            return;
        }
        for (int i = 0; i < args.count(); i++) {
            if (withId && i == idArg) {
                effect.argument(id.toBytes());
            } else if (approximate && i == thresholdArg - 1) {
                effect.argument(EXACT);
            } else if (approximate && i == thresholdArg) {
                if (minId == null) {
                    effect.argument(stream.view().length());
                } else {
                    StreamId edge = new StreamId();
                    stream.edgeId(true, edge);
                    effect.argument(edge.toBytes());
                }
            } else {
                effect.argument(args, i);
            }
        }
    }
}
