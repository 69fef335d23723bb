package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.ArgumentNumbers;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;

/** The operations of a BITFIELD, read from its arguments one after the other. Owner: the running call. */
final class BitfieldOperation {
    private static final CommandError BAD_TYPE = new CommandError(
            "ERR Invalid bitfield type. Use something like i16 u8." + " Note that u64 is not supported but i64 is.");
    private static final CommandError BAD_OVERFLOW = new CommandError("ERR Invalid OVERFLOW type specified");

    private enum Kind {
        GET,
        SET,
        INCRBY
    }

    private enum Overflow {
        WRAP,
        SAT,
        FAIL
    }

    private final Call call;
    private final Arguments args;
    private int at;
    private Overflow overflow;
    private Kind kind;
    private boolean signed;
    private int width;
    private long offset;
    private long operand;
    private long result;

    BitfieldOperation(Call call) {
        this.call = call;
        this.args = call.args();
        restart();
    }

    /** The words of a BITFIELD are GETs only; what is no operation might write. */
    static boolean onlyReads(Arguments args) {
        int i = 2;
        while (i < args.count()) {
            int left = args.count() - i - 1;
            if (args.is(i, "GET") && left >= 2) {
                i += 3;
            } else if (args.is(i, "OVERFLOW") && left >= 1) {
                i += 2;
            } else {
                return false;
            }
        }
        return true;
    }

    /** Before the first operation again. */
    void restart() {
        at = 2;
        overflow = Overflow.WRAP;
    }

    /** Reads the next operation; false: there is none. */
    boolean next() {
        while (at < args.count()) {
            int left = args.count() - at - 1;
            if (args.is(at, "OVERFLOW") && left >= 1) {
                overflow = overflow(at + 1);
                at += 2;
                continue;
            }
            if (args.is(at, "GET") && left >= 2) {
                kind = Kind.GET;
            } else if (args.is(at, "SET") && left >= 3) {
                kind = Kind.SET;
            } else if (args.is(at, "INCRBY") && left >= 3) {
                kind = Kind.INCRBY;
            } else {
                throw Errors.SYNTAX;
            }
            readType(at + 1);
            readOffset(at + 2);
            if (kind != Kind.GET) {
                operand = call.integer(at + 3);
            }
            at += kind == Kind.GET ? 3 : 4;
            return true;
        }
        return false;
    }

    private Overflow overflow(int arg) {
        for (Overflow candidate : Overflow.values()) {
            if (args.is(arg, candidate.name())) {
                return candidate;
            }
        }
        throw BAD_OVERFLOW;
    }

    /** {@code i} or {@code u} and a width; what follows a zero byte does not count. */
    private void readType(int arg) {
        byte[] array = args.array(arg);
        int from = args.offset(arg);
        int length = 0;
        while (length < args.length(arg) && array[from + length] != 0) {
            length++;
        }
        if (length < 2 || array[from] != 'i' && array[from] != 'u') {
            throw BAD_TYPE;
        }
        signed = array[from] == 'i';
        long bits = ArgumentNumbers.parse(array, from + 1, length - 1, BAD_TYPE);
        if (bits < 1 || bits > (signed ? 64 : 63)) {
            throw BAD_TYPE;
        }
        width = (int) bits;
    }

    /** In bits, or with {@code #} in multiples of the width. */
    private void readOffset(int arg) {
        byte[] array = args.array(arg);
        int from = args.offset(arg);
        int length = args.length(arg);
        boolean multiple = length > 0 && array[from] == '#';
        long number = multiple
                ? ArgumentNumbers.parse(array, from + 1, length - 1, BitCommands.BAD_OFFSET) * width
                : ArgumentNumbers.parse(array, from, length, BitCommands.BAD_OFFSET);
        offset = BitCommands.requireOffset(call, number);
    }

    boolean writes() {
        return kind != Kind.GET;
    }

    boolean isIncrement() {
        return kind == Kind.INCRBY;
    }

    boolean isSigned() {
        return signed;
    }

    /** Of the field, in bits. */
    int width() {
        return width;
    }

    /** Of the field's first bit. */
    long offset() {
        return offset;
    }

    /** What {@link #compute} found. */
    long result() {
        return result;
    }

    /** Computes what the field will hold instead of {@code old}; false when it would overflow and must not. */
    boolean compute(long old) {
        long value = kind == Kind.SET ? operand : old;
        long increment = kind == Kind.SET ? 0 : operand;
        int beyond = signed ? signedOverflow(value, increment) : unsignedOverflow(value, increment);
        long sum = value + increment;
        if (beyond == 0) {
            result = sum;
        } else if (overflow == Overflow.SAT) {
            result = beyond > 0 ? highest() : lowest();
        } else {
            result = signed ? sum << 64 - width >> 64 - width : sum & highest();
        }
        return beyond == 0 || overflow != Overflow.FAIL;
    }

    private long highest() {
        return signed ? Long.MAX_VALUE >> 64 - width : -1L >>> 64 - width;
    }

    private long lowest() {
        return signed ? Long.MIN_VALUE >> 64 - width : 0;
    }

    /** 1 above the range, -1 below it, 0 within. */
    private int signedOverflow(long value, long increment) {
        // Redis' comparisons, wrapped differences included: a SET of the smallest number saturates upwards there.
        boolean narrow = width < 64;
        long most = highest() - value;
        if (value > highest() || increment > most && (narrow || value >= 0 && increment > 0)) {
            return 1;
        }
        long least = lowest() - value;
        return value < lowest() || increment < least && (narrow || value < 0 && increment < 0) ? -1 : 0;
    }

    private int unsignedOverflow(long value, long increment) {
        if (Long.compareUnsigned(value, highest()) > 0 || increment > 0 && increment > highest() - value) {
            return 1;
        }
        return increment < 0 && increment < -value ? -1 : 0;
    }
}
