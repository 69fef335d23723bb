package io.kdb.resp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The arguments of one request, the command's name first, each (array, offset, length). Owner: the event loop that
 * decoded them; valid until the command returns, unless {@link #detach}ed.
 *
 * <p>Normally all of them lie in the loop's array. An argument that did not arrive in one read may lie in an array of its
 * request, and one longer than {@link RequestDecoder#PIECE_BYTES} in several: see {@link #pieces}.
 */
public final class Arguments {
    private static final int[] NO_SLOTS = {};

    /** Where the arguments lie when {@link #arrays} is null. */
    private byte[] array;
    /** Argument i: offset at base + 2i, length after it. */
    private int[] slots;

    private int base;
    private int count;
    /** The array of each argument, or null when they share one. An element is null where only pieces exist. */
    private byte[][] arrays;
    /** The pieces of each argument, or null when none has any. */
    private byte[][][] pieces;

    private boolean independent;

    Arguments() {
        slots = NO_SLOTS;
    }

    static Arguments independent(int count, int[] slots, byte[] array, byte[][] arrays, byte[][][] pieces) {
        Arguments arguments = new Arguments();
        arguments.point(array, slots, 0, count);
        arguments.arrays = arrays;
        arguments.pieces = pieces;
        arguments.independent = true;
        return arguments;
    }

    /** Arguments of an inline request: some in the loop's array, some unquoted into arrays of their own. */
    static Arguments scattered(int count, int[] slots, byte[][] arrays) {
        Arguments arguments = new Arguments();
        arguments.point(null, slots, 0, count);
        arguments.arrays = arrays;
        return arguments;
    }

    /** Arguments that do not depend on any loop; the arrays are not copied. */
    public static Arguments of(byte[]... values) {
        int[] slots = new int[2 * values.length];
        for (int i = 0; i < values.length; i++) {
            slots[2 * i + 1] = values[i].length;
        }
        return independent(values.length, slots, null, values.clone(), null);
    }

    /** ISO-8859-1, the inverse of {@link #text}. */
    public static Arguments of(String... values) {
        byte[][] bytes = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = values[i].getBytes(StandardCharsets.ISO_8859_1);
        }
        return of(bytes);
    }

    void point(byte[] array, int[] slots, int base, int count) {
        // A reference stored into an old object costs a fence (G1); these hardly ever change.
        if (this.array != array) {
            this.array = array;
        }
        if (this.slots != slots) {
            this.slots = slots;
        }
        this.base = base;
        this.count = count;
    }

    public int count() {
        return count;
    }

    /** The array argument i lies in; an argument in pieces is flattened at the first call, which copies it and lets go of them. */
    public byte[] array(int i) {
        return arrays == null ? array : arrayOf(i);
    }

    private byte[] arrayOf(int i) {
        if (arrays[i] == null) {
            arrays[i] = flatten(i);
            pieces[i] = null;
        }
        return arrays[i];
    }

    private byte[] flatten(int i) {
        byte[] flat = new byte[length(i)];
        copyPieces(pieces[i], flat, 0);
        return flat;
    }

    private static void copyPieces(byte[][] parts, byte[] target, int at) {
        int to = at;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, target, to, part.length);
            to += part.length;
        }
    }

    public int offset(int i) {
        return slots[base + 2 * i];
    }

    public int length(int i) {
        return slots[base + 2 * i + 1];
    }

    /**
     * The pieces of an argument that is longer than {@link RequestDecoder#PIECE_BYTES} and arrived in several reads: all of
     * that size but the last, which ends with the argument. Null for every other argument. Nobody else has these arrays:
     * they may be kept.
     */
    public byte[][] pieces(int i) {
        return pieces == null ? null : pieces[i];
    }

    /** A new array with the bytes of argument i. */
    public byte[] copy(int i) {
        byte[] bytes = new byte[length(i)];
        copyTo(i, bytes, 0);
        return bytes;
    }

    public void copyTo(int i, byte[] target, int at) {
        byte[][] parts = pieces(i);
        if (parts != null) {
            copyPieces(parts, target, at);
        } else {
            System.arraycopy(array(i), offset(i), target, at, length(i));
        }
    }

    /** The bytes as ISO-8859-1: one character a byte, nothing lost. */
    public String text(int i) {
        return new String(array(i), offset(i), length(i), StandardCharsets.ISO_8859_1);
    }

    /** Whether argument i is this word, whatever the case of its ASCII letters. */
    public boolean is(int i, String word) {
        int length = length(i);
        if (word.length() != length) {
            return false;
        }
        byte[] bytes = array(i);
        int offset = offset(i);
        for (int j = 0; j < length; j++) {
            if (lower(bytes[offset + j] & 0xff) != lower(word.charAt(j))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    /** Whether argument i consists of exactly these bytes. */
    public boolean equalTo(int i, byte[] bytes) {
        int offset = offset(i);
        return length(i) == bytes.length
                && Arrays.equals(array(i), offset, offset + bytes.length, bytes, 0, bytes.length);
    }

    /** The sum of the arguments' lengths. */
    public long totalLength() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += length(i);
        }
        return sum;
    }

    /** Whether they lie in one array, and from the first to the end of the last there are no more than so many bytes. */
    public boolean lieWithin(int bytes) {
        return arrays == null && offset(count - 1) + length(count - 1) - offset(0) <= bytes;
    }

    /** The same arguments, valid for as long as they are referenced; a copy unless these are so already. */
    public Arguments detach() {
        if (independent) {
            return this;
        }
        int[] copies = new int[2 * count];
        byte[] bytes = new byte[Math.toIntExact(totalLength())];
        int at = 0;
        for (int i = 0; i < count; i++) {
            int length = length(i);
            System.arraycopy(array(i), offset(i), bytes, at, length);
            copies[2 * i] = at;
            copies[2 * i + 1] = length;
            at += length;
        }
        return independent(count, copies, bytes, null, null);
    }

    /** For logs and tests: the arguments as text, long ones and many of them cut. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("[");
        for (int i = 0; i < Math.min(count, 16); i++) {
            int shown = Math.min(length(i), 64);
            byte[] from = pieces(i) != null ? pieces(i)[0] : array(i);
            out.append(i == 0 ? "" : " ").append(new String(from, offset(i), shown, StandardCharsets.ISO_8859_1));
            if (shown < length(i)) {
                out.append("... (").append(length(i)).append(" bytes)");
            }
        }
        return out.append(count > 16 ? " ... (" + count + " arguments)]" : "]").toString();
    }
}
