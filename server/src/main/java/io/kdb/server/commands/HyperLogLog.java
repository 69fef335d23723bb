package io.kdb.server.commands;

import java.util.Arrays;

/**
 * A HyperLogLog as Redis keeps it in a string: a header of 16 bytes (HYLL, the form, three bytes unused, the count as it was
 * last computed, whose highest bit says that it no longer holds) and 16384 registers of 6 bits. Owner: the running call.
 *
 * <p>Dense: the registers one after the other, lowest bit first. Sparse: runs. {@code 00xxxxxx} is x + 1 registers of zero,
 * {@code 01xxxxxx yyyyyyyy} is xy + 1 of them, {@code 1vvvvvxx} is x + 1 registers of v + 1.
 *
 * <p>Note: every step that decides how runs are split and joined is Redis', because strings are compared byte by byte. What
 * a client wrote into the string may be anything.
 */
final class HyperLogLog {
    static final int REGISTERS = 1 << 14;
    static final int HEADER = 16;
    static final int DENSE_BYTES = HEADER + REGISTERS * 6 / 8;
    /** No sound sparse one is longer: each run is at most two bytes for one register. */
    static final int LONGEST = HEADER + 2 * REGISTERS;

    static final int FORM_AT = 4;
    static final int COUNT_AT = 8;
    static final int STALE_AT = 15;
    static final byte DENSE = 0;
    static final byte SPARSE = 1;

    private static final int LARGEST_SPARSE = 32;
    private static final int LONGEST_VALUE_RUN = 4;
    private static final int LONGEST_SHORT_ZEROS = 64;
    /** After a change, so many runs from the one before it are looked at for joining. */
    private static final int JOINED = 5;

    /** The string is not what it says it is. Stackless. */
    static final class Corrupted extends Exception {
        private static final long serialVersionUID = 1L;

        Corrupted() {
            super("runs: not " + REGISTERS + " registers", null, false, false);
        }
    }

    private byte[] bytes;
    private int length;

    HyperLogLog(byte[] bytes, int length) {
        this.bytes = bytes;
        this.length = length;
    }

    /** All registers zero: one run. */
    static HyperLogLog empty() {
        byte[] bytes = new byte[HEADER + 2 + 64];
        bytes[0] = 'H';
        bytes[1] = 'Y';
        bytes[2] = 'L';
        bytes[3] = 'L';
        bytes[FORM_AT] = SPARSE;
        putZeros(bytes, HEADER, REGISTERS);
        return new HyperLogLog(bytes, HEADER + 2);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    boolean isDense() {
        return bytes[FORM_AT] == DENSE;
    }

    /** Says that the count in the header no longer holds. */
    void invalidate() {
        bytes[STALE_AT] |= (byte) 0x80;
    }

    // ---- runs -------------------------------------------------------------------------------------------------

    private static boolean isShortZeros(int run) {
        return (run & 0xC0) == 0;
    }

    private static boolean isValue(int run) {
        return (run & 0x80) != 0;
    }

    private static int value(int run) {
        return (run >> 2 & 31) + 1;
    }

    /** The byte there; beyond the string a zero, as behind every string of Redis. */
    private int at(int position) {
        return position < length ? bytes[position] & 0xFF : 0;
    }

    private int runRegisters(int position) {
        int run = at(position);
        if (isValue(run)) {
            return (run & 3) + 1;
        }
        return isShortZeros(run) ? run + 1 : ((run & 0x3F) << 8 | at(position + 1)) + 1;
    }

    private int runBytes(int position) {
        int run = at(position);
        return isValue(run) || isShortZeros(run) ? 1 : 2;
    }

    private static int putZeros(byte[] target, int at, int count) {
        if (count <= LONGEST_SHORT_ZEROS) {
            target[at] = (byte) (count - 1);
            return at + 1;
        }
        target[at] = (byte) (0x40 | count - 1 >> 8);
        target[at + 1] = (byte) (count - 1);
        return at + 2;
    }

    private static int putValue(byte[] target, int at, int value, int count) {
        target[at] = (byte) (0x80 | value - 1 << 2 | count - 1);
        return at + 1;
    }

    // ---- setting ----------------------------------------------------------------------------------------------

    /** Adds an element by its hash; whether a register changed. */
    boolean add(long hash, long sparseMaxBytes) throws Corrupted {
        return raise(register(hash), rank(hash), sparseMaxBytes);
    }

    static int register(long hash) {
        return (int) (hash & REGISTERS - 1);
    }

    /** The place of the first set bit behind the register's, from 1. */
    static int rank(long hash) {
        return Long.numberOfTrailingZeros(hash >>> 14 | 1L << 50) + 1;
    }

    /** Sets a register to {@code value} if it is less; whether it was. Grows dense when the runs become too many. */
    boolean raise(int register, int value, long sparseMaxBytes) throws Corrupted {
        if (isDense()) {
            return raiseDense(bytes, HEADER, register, value);
        }
        if (value > LARGEST_SPARSE) {
            return promote(register, value);
        }
        int position = HEADER;
        int before = 0;
        int first = 0;
        int registers = 0;
        while (position < length) {
            registers = runRegisters(position);
            if (register < first + registers) {
                break;
            }
            before = position;
            position += runBytes(position);
            first += registers;
        }
        if (registers == 0 || position >= length) {
            throw new Corrupted();
        }
        int run = at(position);
        if (isValue(run) && value(run) >= value) {
            return false;
        }
        if (registers == 1 && runBytes(position) == 1) {
            putValue(bytes, position, value, 1);
        } else if (!split(position, first, registers, register, value, sparseMaxBytes)) {
            return promote(register, value);
        }
        join(before == 0 ? HEADER : before);
        invalidate();
        return true;
    }

    /** Cuts the run so that the register is one of its own; false, with nothing done, when that takes too many bytes. */
    private boolean split(int position, int first, int registers, int register, int value, long sparseMaxBytes) {
        byte[] runs = new byte[5];
        int count = 0;
        int run = at(position);
        int ahead = register - first;
        int behind = first + registers - 1 - register;
        if (ahead > 0) {
            count = isValue(run) ? putValue(runs, count, value(run), ahead) : putZeros(runs, count, ahead);
        }
        count = putValue(runs, count, value, 1);
        if (behind > 0) {
            count = isValue(run) ? putValue(runs, count, value(run), behind) : putZeros(runs, count, behind);
        }
        int old = runBytes(position);
        int more = count - old;
        if (more > 0 && length + more > sparseMaxBytes) {
            return false;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, length + more + length / 4);
        }
        int rest = Math.min(length, position + old);
        System.arraycopy(bytes, rest, bytes, rest + more, length - rest);
        System.arraycopy(runs, 0, bytes, position, count);
        length += more;
        return true;
    }

    /** Joins neighbours of the same value, a few runs from here on. */
    private void join(int from) {
        int position = from;
        for (int left = JOINED; left > 0 && position < length; left--) {
            int run = at(position);
            if (!isValue(run)) {
                position += runBytes(position);
                continue;
            }
            int next = at(position + 1);
            int both = (run & 3) + (next & 3) + 2;
            if (position + 1 < length && isValue(next) && value(run) == value(next) && both <= LONGEST_VALUE_RUN) {
                putValue(bytes, position + 1, value(run), both);
                System.arraycopy(bytes, position + 1, bytes, position, length - position - 1);
                length--;
            } else {
                position++;
            }
        }
    }

    private boolean promote(int register, int value) throws Corrupted {
        toDense();
        return raiseDense(bytes, HEADER, register, value);
    }

    /** Registers one after the other, in the same header. */
    void toDense() throws Corrupted {
        byte[] dense = new byte[DENSE_BYTES];
        System.arraycopy(bytes, 0, dense, 0, HEADER);
        dense[FORM_AT] = DENSE;
        byte[] registers = new byte[REGISTERS];
        mergeInto(registers);
        for (int i = 0; i < REGISTERS; i++) {
            if (registers[i] != 0) {
                raiseDense(dense, HEADER, i, registers[i]);
            }
        }
        bytes = dense;
        length = DENSE_BYTES;
    }

    /** A register of the dense form, whose registers begin at {@code from}. */
    static int dense(byte[] array, int from, int register) {
        int bit = register * 6;
        int at = from + (bit >> 3);
        int shift = bit & 7;
        int low = (array[at] & 0xFF) >> shift;
        return shift > 2 ? (low | array[at + 1] << 8 - shift) & 63 : low & 63;
    }

    static boolean raiseDense(byte[] array, int from, int register, int value) {
        if (dense(array, from, register) >= value) {
            return false;
        }
        int bit = register * 6;
        int at = from + (bit >> 3);
        int shift = bit & 7;
        array[at] = (byte) (array[at] & ~(63 << shift) | value << shift);
        if (shift > 2) {
            array[at + 1] = (byte) (array[at + 1] & ~(63 >> 8 - shift) | value >> 8 - shift);
        }
        return true;
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    /** Raises each of these registers to what this one has. */
    void mergeInto(byte[] registers) throws Corrupted {
        if (isDense()) {
            for (int i = 0; i < REGISTERS; i++) {
                registers[i] = (byte) Math.max(registers[i], dense(bytes, HEADER, i));
            }
            return;
        }
        int register = 0;
        for (int position = HEADER; position < length; position += runBytes(position)) {
            int count = runRegisters(position);
            if (isValue(at(position))) {
                if (register + count > REGISTERS) {
                    throw new Corrupted();
                }
                for (int i = register; i < register + count; i++) {
                    registers[i] = (byte) Math.max(registers[i], value(at(position)));
                }
            }
            register += count;
        }
        if (register != REGISTERS) {
            throw new Corrupted();
        }
    }

    /** The estimated number of elements. */
    long count() throws Corrupted {
        int[] histogram = new int[64];
        if (isDense()) {
            for (int i = 0; i < REGISTERS; i++) {
                histogram[dense(bytes, HEADER, i)]++;
            }
        } else {
            int registers = 0;
            for (int position = HEADER; position < length; position += runBytes(position)) {
                int count = runRegisters(position);
                histogram[isValue(at(position)) ? value(at(position)) : 0] += count;
                registers += count;
            }
            if (registers != REGISTERS) {
                throw new Corrupted();
            }
        }
        return HyperLogLogEstimate.of(histogram);
    }

    /** The runs of a sparse one in words: {@code Z:n} and {@code z:n} zeros, {@code v:value,n}. */
    String runs() {
        StringBuilder out = new StringBuilder();
        for (int position = HEADER; position < length; position += runBytes(position)) {
            int run = at(position);
            out.append(out.length() == 0 ? "" : " ");
            if (isValue(run)) {
                out.append("v:").append(value(run)).append(',');
            } else {
                out.append(isShortZeros(run) ? "z:" : "Z:");
            }
            out.append(runRegisters(position));
        }
        return out.toString();
    }
}
