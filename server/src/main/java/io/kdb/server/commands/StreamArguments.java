package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.Numbers;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.store.StreamId;

/** Entry IDs, ends of ranges and names in the arguments of the stream commands, as Redis reads them. Stateless. */
final class StreamArguments {
    static final CommandError INVALID_ID =
            new CommandError("ERR Invalid stream ID specified as stream command argument");
    private static final CommandError INVALID_START = new CommandError("ERR invalid start ID for the interval");
    private static final CommandError INVALID_END = new CommandError("ERR invalid end ID for the interval");

    /** How long an ID may be that Redis looks at. */
    private static final int MAX_ID_CHARS = 127;

    private static final int SPACES_FROM = 9; // tab, line feed, vertical tab, form feed, carriage return
    private static final int SPACES_TO = 13;

    /** What {@link #parse} found. */
    enum Form {
        INVALID,
        /** {@code -} or {@code +} */
        EDGE,
        /** {@code ms} or {@code ms-seq} */
        WHOLE,
        /** {@code ms-*} */
        AUTO_SEQ
    }

    private StreamArguments() {}

    /** An ID, not {@code -} or {@code +}; one without a sequence number gets 0. */
    static StreamId strict(Call call, int arg, StreamId into) {
        return strict(call, arg, into, 0);
    }

    private static StreamId strict(Call call, int arg, StreamId into, long missingSeq) {
        if (!isStrict(call.args(), arg, into, missingSeq)) {
            throw INVALID_ID;
        }
        return into;
    }

    /** Whether the argument is an ID as {@link #strict} wants it. */
    static boolean isStrict(Arguments args, int arg, StreamId into, long missingSeq) {
        return parse(args.array(arg), args.offset(arg), args.length(arg), into, missingSeq) == Form.WHOLE;
    }

    /** An ID, {@code -} and {@code +} included. */
    static StreamId loose(Call call, int arg, StreamId into) {
        Form form = parse(
                call.args().array(arg), call.args().offset(arg), call.args().length(arg), into, 0);
        if (form != Form.WHOLE && form != Form.EDGE) {
            throw INVALID_ID;
        }
        return into;
    }

    /** The first ID of a range; {@code (} excludes it. */
    static StreamId start(Call call, int arg, StreamId into) {
        if (end(call, arg, into, 0) && !into.increment()) {
            throw INVALID_START;
        }
        return into;
    }

    /** The last ID of a range; {@code (} excludes it. */
    static StreamId end(Call call, int arg, StreamId into) {
        if (end(call, arg, into, -1) && !into.decrement()) {
            throw INVALID_END;
        }
        return into;
    }

    private static boolean end(Call call, int arg, StreamId into, long missingSeq) {
        byte[] array = call.args().array(arg);
        int offset = call.args().offset(arg);
        int length = call.args().length(arg);
        boolean excluded = length > 1 && array[offset] == '(';
        Form form = excluded
                ? parse(array, offset + 1, length - 1, into, missingSeq)
                : parse(array, offset, length, into, missingSeq);
        if (form != Form.WHOLE && (excluded || form != Form.EDGE)) {
            throw INVALID_ID;
        }
        return excluded;
    }

    /** Reads an ID as C reads it: a zero byte ends it, and numbers may be what strtoull takes. */
    static Form parse(byte[] a, int offset, int length, StreamId into, long missingSeq) {
        if (length > MAX_ID_CHARS) {
            return Form.INVALID;
        }
        int end = offset;
        while (end < offset + length && a[end] != 0) {
            end++;
        }
        if (end - offset == 1 && (a[offset] == '-' || a[offset] == '+')) {
            into.set(a[offset] == '-' ? 0 : -1, a[offset] == '-' ? 0 : -1);
            return Form.EDGE;
        }
        int dash = offset;
        while (dash < end && a[dash] != '-') {
            dash++;
        }
        if (!isUnsigned(a, offset, dash)) {
            return Form.INVALID;
        }
        long ms = unsigned(a, offset, dash);
        if (dash == end) {
            into.set(ms, missingSeq);
            return Form.WHOLE;
        }
        if (end - dash == 2 && a[dash + 1] == '*') {
            into.set(ms, 0);
            return Form.AUTO_SEQ;
        }
        if (!isUnsigned(a, dash + 1, end)) {
            return Form.INVALID;
        }
        into.set(ms, unsigned(a, dash + 1, end));
        return Form.WHOLE;
    }

    private static boolean isUnsigned(byte[] a, int from, int end) {
        int i = from;
        while (i < end && (a[i] == ' ' || a[i] >= SPACES_FROM && a[i] <= SPACES_TO)) {
            i++;
        }
        if (i < end && (a[i] == '+' || a[i] == '-')) {
            if (a[i] == '-' && Numbers.isLong(a, from, end - from)) {
                return false; // out of range; what only strtoull takes wraps around
            }
            i++;
        }
        if (i == end) {
            return false;
        }
        long value = 0;
        for (; i < end; i++) {
            int digit = a[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            if (Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, 10)) > 0) {
                return false;
            }
            value = value * 10 + digit;
        }
        return true;
    }

    private static long unsigned(byte[] a, int from, int end) {
        long value = 0;
        boolean negative = false;
        for (int i = from; i < end; i++) {
            if (a[i] == '-') {
                negative = true;
            } else if (a[i] >= '0') {
                value = value * 10 + (a[i] - '0');
            }
        }
        return negative ? -value : value;
    }

    /** An argument as an error line shows it: C's string ends at a zero byte. */
    static String shown(Call call, int arg) {
        String text = call.args().text(arg);
        int zero = text.indexOf(0);
        return zero < 0 ? text : text.substring(0, zero);
    }
}
