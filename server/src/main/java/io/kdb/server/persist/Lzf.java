package io.kdb.server.persist;

import java.util.Arrays;

/**
 * The compression of strings in RDB files: LZF without a frame, as liblzf writes it. Owner: one thread (it keeps the
 * table of the last places).
 *
 * <p>The format: a control byte below 32 is followed by that many literal bytes plus one; any other is a copy, its upper
 * three bits the length less two (7: one more byte to add), its lower five and the next byte the distance less one.
 */
public final class Lzf {
    static final int MAX_DISTANCE = 1 << 13;
    static final int MAX_COPY = 9 + 255;
    private static final int MAX_LITERALS = 32;
    private static final int HASH_BITS = 14;

    /** Where three bytes of this hash were last seen, plus {@link #base}; older entries are of earlier inputs. */
    private final int[] lastPlace = new int[1 << HASH_BITS];

    private int base = 1;

    /**
     * Compresses into at most {@code limit} bytes.
     *
     * @return the compressed length, or 0 when it would be longer than {@code limit}
     */
    public int compress(byte[] in, int from, int length, byte[] out, int outFrom, int limit) {
        if (length < 4) {
            return 0;
        }
        if (base > Integer.MAX_VALUE - length) {
            Arrays.fill(lastPlace, 0);
            base = 1;
        }
        int shift = base - from;
        base += length;
        int inEnd = from + length;
        int outEnd = outFrom + limit;
        int at = from;
        int literals = 0;
        int to = outFrom + 1; // leaves room for the control byte of the first run
        while (at < inEnd) {
            int place = -1;
            if (at + 2 < inEnd) {
                int hash = hash(in, at);
                place = lastPlace[hash] - shift;
                lastPlace[hash] = at + shift;
            }
            if (place >= from && at - place <= MAX_DISTANCE && sameThree(in, place, at)) {
                int copied = 3;
                int max = Math.min(MAX_COPY, inEnd - at);
                while (copied < max && in[place + copied] == in[at + copied]) {
                    copied++;
                }
                if (literals == 0) {
                    to--; // the control byte reserved for literals is not needed
                } else {
                    out[to - literals - 1] = (byte) (literals - 1);
                    literals = 0;
                }
                if (to + 4 > outEnd) {
                    return 0;
                }
                to = putCopy(out, to, copied - 2, at - place - 1) + 1;
                int stop = at + copied;
                for (at++; at < stop; at++) {
                    if (at + 2 < inEnd) {
                        lastPlace[hash(in, at)] = at + shift;
                    }
                }
            } else {
                if (to >= outEnd) {
                    return 0;
                }
                out[to++] = in[at++];
                if (++literals == MAX_LITERALS) {
                    out[to - literals - 1] = (byte) (literals - 1);
                    literals = 0;
                    to++;
                }
            }
        }
        if (literals == 0) {
            to--;
        } else {
            out[to - literals - 1] = (byte) (literals - 1);
        }
        return to > outEnd ? 0 : to - outFrom;
    }

    private static int putCopy(byte[] out, int to, int length, int distance) {
        int end = to;
        if (length < 7) {
            out[end++] = (byte) (length << 5 | distance >> 8);
        } else {
            out[end++] = (byte) (7 << 5 | distance >> 8);
            out[end++] = (byte) (length - 7);
        }
        out[end++] = (byte) distance;
        return end;
    }

    private static int hash(byte[] in, int at) {
        int three = (in[at] & 0xFF) << 16 | (in[at + 1] & 0xFF) << 8 | (in[at + 2] & 0xFF);
        return (three * 0x9E3779B1) >>> (32 - HASH_BITS);
    }

    private static boolean sameThree(byte[] in, int a, int b) {
        return in[a] == in[b] && in[a + 1] == in[b + 1] && in[a + 2] == in[b + 2];
    }

    /**
     * Decompresses; reads and writes nothing outside the given ranges, whatever the bytes are.
     *
     * @return whether the input was well formed and gave exactly {@code outLength} bytes
     */
    public static boolean decompress(byte[] in, int from, int length, byte[] out, int outFrom, int outLength) {
        int at = from;
        int inEnd = from + length;
        int to = outFrom;
        int outEnd = outFrom + outLength;
        while (at < inEnd) {
            int control = in[at++] & 0xFF;
            if (control < MAX_LITERALS) {
                int count = control + 1;
                if (count > inEnd - at || count > outEnd - to) {
                    return false;
                }
                System.arraycopy(in, at, out, to, count);
                at += count;
                to += count;
                continue;
            }
            int count = (control >> 5) + 2;
            if (count == 9) {
                if (at == inEnd) {
                    return false;
                }
                count += in[at++] & 0xFF;
            }
            if (at == inEnd) {
                return false;
            }
            int place = to - ((control & 0x1F) << 8 | (in[at++] & 0xFF)) - 1;
            if (place < outFrom || count > outEnd - to) {
                return false;
            }
            if (place + count <= to) {
                System.arraycopy(out, place, out, to, count);
                to += count;
            } else {
                for (int i = 0; i < count; i++) { // overlapping: it repeats what it writes
                    out[to++] = out[place++];
                }
            }
        }
        return to == outEnd;
    }
}
