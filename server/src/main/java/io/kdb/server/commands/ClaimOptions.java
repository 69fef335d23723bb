package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.store.StreamId;

/** What follows XCLAIM's minimum idle time: IDs, then options. Owner: one command. */
final class ClaimOptions {
    private static final CommandError IDLE = new CommandError("ERR Invalid IDLE option argument for XCLAIM");
    private static final CommandError TIME = new CommandError("ERR Invalid TIME option argument for XCLAIM");
    private static final CommandError RETRYCOUNT =
            new CommandError("ERR Invalid RETRYCOUNT option argument for XCLAIM");

    private static final int FIRST_ID = 5;
    private static final long NOT_GIVEN = -1;

    /** The argument behind the last ID. */
    int idsEnd = FIRST_ID;

    /** When the entries count as delivered. */
    long deliveredMs = NOT_GIVEN;

    /** Negative when not given. */
    long retryCount = NOT_GIVEN;

    boolean force;
    boolean justId;
    final StreamId lastId = new StreamId();

    static ClaimOptions parse(Call call) {
        ClaimOptions options = new ClaimOptions();
        options.read(call);
        return options;
    }

    private void read(Call call) {
        Arguments args = call.args();
        StreamId id = new StreamId();
        while (idsEnd < args.count() && StreamArguments.isStrict(args, idsEnd, id, 0)) {
            idsEnd++;
        }
        for (int i = idsEnd; i < args.count(); i++) {
            boolean more = i + 1 < args.count();
            if (args.is(i, "FORCE")) {
                force = true;
            } else if (args.is(i, "JUSTID")) {
                justId = true;
            } else if (more && args.is(i, "IDLE")) {
                deliveredMs = call.nowMs() - call.integer(++i, IDLE);
            } else if (more && args.is(i, "TIME")) {
                deliveredMs = call.integer(++i, TIME);
            } else if (more && args.is(i, "RETRYCOUNT")) {
                retryCount = call.integer(++i, RETRYCOUNT);
            } else if (more && args.is(i, "LASTID")) {
                StreamArguments.strict(call, ++i, lastId);
            } else {
                throw new CommandError("ERR Unrecognized XCLAIM option '" + StreamArguments.shown(call, i) + "'");
            }
        }
        if (deliveredMs < 0 || deliveredMs > call.nowMs()) {
            deliveredMs = call.nowMs();
        }
    }
}
