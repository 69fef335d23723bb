package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The time limits of blocking commands, as strictly as Redis reads them. Stateless. */
final class BlockingTimeouts {
    private static final CommandError NOT_FLOAT = new CommandError("ERR timeout is not a float or out of range");
    private static final CommandError NOT_INTEGER = new CommandError("ERR timeout is not an integer or out of range");
    private static final CommandError NEGATIVE = new CommandError("ERR timeout is negative");

    private static final BigDecimal MS_PER_SECOND = BigDecimal.valueOf(1000);
    /** A thousand years: what a timer can surely take. */
    private static final long MAX_MS = 1000L * 365 * 24 * 3600 * 1000;

    private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private BlockingTimeouts() {}

    /** Seconds, perhaps with a fraction, as milliseconds; 0 is for ever. */
    static long seconds(Call call, int arg) {
        Arguments args = call.args();
        BigDecimal value = LongDouble.parse(args.array(arg), args.offset(arg), args.length(arg));
        if (value == null) {
            throw NOT_FLOAT;
        }
        if (LongDouble.isInfinite(value)) {
            throw NEGATIVE;
        }
        BigDecimal ms = value.multiply(MS_PER_SECOND).setScale(0, RoundingMode.CEILING);
        // A number beyond 64 bits becomes the smallest one in Redis.
        return check(ms.compareTo(MAX) > 0 || ms.signum() < 0 ? -1 : ms.longValue());
    }

    /** Milliseconds; 0 is for ever. */
    static long milliseconds(Call call, int arg) {
        return check(call.integer(arg, NOT_INTEGER));
    }

    private static long check(long ms) {
        if (ms < 0) {
            throw NEGATIVE;
        }
        return Math.min(ms, MAX_MS);
    }
}
