package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;

/**
 * The options of SET and GETEX as bits of an int, and the position of the expiry's argument above them; so that parsing
 * makes no garbage. Stateless.
 */
final class SetOptions {
    static final int NX = 1;
    static final int XX = 1 << 1;
    static final int GET = 1 << 2;
    static final int KEEP_TTL = 1 << 3;
    static final int PERSIST = 1 << 4;
    static final int EX = 1 << 5;
    static final int PX = 1 << 6;
    static final int EX_AT = 1 << 7;
    static final int PX_AT = 1 << 8;
    static final int IF_VALUE = 1 << 9;

    private static final int EXPIRIES = EX | PX | EX_AT | PX_AT;
    private static final int TTL_RULES = EXPIRIES | KEEP_TTL | PERSIST;
    private static final int POSITION_SHIFT = 16;

    private SetOptions() {}

    static int ofSet(Call call) {
        Arguments args = call.args();
        int options = 0;
        for (int i = 3; i < args.count(); i++) {
            if (args.is(i, "NX") && (options & (XX | IF_VALUE)) == 0) {
                options |= NX;
            } else if (args.is(i, "XX") && (options & (NX | IF_VALUE)) == 0) {
                options |= XX;
            } else if (isCondition(args, i) && (options & (NX | XX | IF_VALUE)) == 0) {
                options |= IF_VALUE;
                i++;
            } else if (args.is(i, "GET")) {
                options |= GET;
            } else if (args.is(i, "KEEPTTL") && (options & EXPIRIES) == 0) {
                options |= KEEP_TTL;
            } else {
                options = expiry(args, i++, options);
            }
        }
        return options;
    }

    private static boolean isCondition(Arguments args, int i) {
        return i + 1 < args.count() && args.length(i) >= 4 && ValueCondition.of(args, i) != null;
    }

    /** Where the {@link ValueCondition} stands that {@link #IF_VALUE} says is there. */
    static int conditionAt(Arguments args) {
        int i = 3;
        while (!isCondition(args, i)) {
            i += args.is(i, "EX") || args.is(i, "PX") || args.is(i, "EXAT") || args.is(i, "PXAT") ? 2 : 1;
        }
        return i;
    }

    /** From argument {@code from} on. */
    static int ofMsetEx(Call call, int from) {
        Arguments args = call.args();
        int options = 0;
        for (int i = from; i < args.count(); i++) {
            if (args.is(i, "NX") && (options & XX) == 0) {
                options |= NX;
            } else if (args.is(i, "XX") && (options & NX) == 0) {
                options |= XX;
            } else if (args.is(i, "KEEPTTL") && (options & EXPIRIES) == 0) {
                options |= KEEP_TTL;
            } else {
                options = expiry(args, i++, options);
            }
        }
        return options;
    }

    static int ofGetEx(Call call) {
        Arguments args = call.args();
        int options = 0;
        for (int i = 2; i < args.count(); i++) {
            if (args.is(i, "PERSIST") && (options & EXPIRIES) == 0) {
                options |= PERSIST;
            } else {
                options = expiry(args, i++, options);
            }
        }
        return options;
    }

    /** One of EX, PX, EXAT, PXAT and its number; repeating the same one is allowed and the last counts, as in Redis. */
    private static int expiry(Arguments args, int i, int options) {
        int option = args.is(i, "EX")
                ? EX
                : args.is(i, "PX") ? PX : args.is(i, "EXAT") ? EX_AT : args.is(i, "PXAT") ? PX_AT : 0;
        // Positions have 15 bits; more arguments than that are a syntax error one way or the other.
        if (option == 0 || (options & TTL_RULES & ~option) != 0 || i + 1 >= Math.min(args.count(), 1 << 15)) {
            throw Errors.SYNTAX;
        }
        return options & (1 << POSITION_SHIFT) - 1 | option | i + 1 << POSITION_SHIFT;
    }

    /** When the key expires by these options, in milliseconds since 1970; KEEP_TTL or NO_EXPIRY without any. */
    static long expireAt(Call call, int options) {
        if ((options & EXPIRIES) == 0) {
            return (options & KEEP_TTL) != 0 ? KeyCursor.KEEP_TTL : KeyCursor.NO_EXPIRY;
        }
        boolean seconds = (options & (EX | EX_AT)) != 0;
        boolean relative = (options & (EX | PX)) != 0;
        return expireAt(call, options >>> POSITION_SHIFT, seconds, relative);
    }

    /** Argument {@code arg}, which must be positive, as milliseconds since 1970. */
    static long expireAt(Call call, int arg, boolean seconds, boolean relative) {
        long value = call.integer(arg);
        if (value <= 0 || seconds && value > Long.MAX_VALUE / 1000) {
            throw Errors.invalidExpire(call.spec());
        }
        long ms = seconds ? value * 1000 : value;
        if (relative) {
            if (ms > Long.MAX_VALUE - call.nowMs()) {
                throw Errors.invalidExpire(call.spec());
            }
            ms += call.nowMs();
        }
        return ms;
    }

    static boolean hasExpiry(int options) {
        return (options & EXPIRIES) != 0;
    }
}
