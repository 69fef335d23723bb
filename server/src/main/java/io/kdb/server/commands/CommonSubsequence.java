package io.kdb.server.commands;

import java.util.Arrays;

/**
 * The longest common subsequence of two strings, and the runs of both it is made of, in the order LCS IDX shows them: the
 * last first. Immutable.
 *
 * <p>Where several are as long, the one that Redis finds: its walk back from the end of its table of lengths goes up only
 * when that is strictly better. The table itself is not needed for that, one bit a cell is.
 */
final class CommonSubsequence {
    private final byte[] common;
    private int[] matches = new int[12];
    private int matchCount;

    CommonSubsequence(byte[] a, byte[] b) {
        int width = b.length + 1;
        long[] up = new long[(int) (((long) a.length + 1) * width + 63 >>> 6)];
        int[] row = new int[width];
        for (int i = 1; i <= a.length; i++) {
            fillRow(row, a[i - 1], b, up, (long) i * width);
        }
        common = new byte[row[b.length]];
        walkBack(a, b, up, width);
    }

    /** Turns row i - 1 of the table into row i, and notes where the cell above is larger than the one on the left. */
    private static void fillRow(int[] row, byte c, byte[] b, long[] up, long base) {
        int diagonal = 0;
        for (int j = 1; j < row.length; j++) {
            int above = row[j];
            if (c == b[j - 1]) {
                row[j] = diagonal + 1;
            } else if (above > row[j - 1]) {
                if (up != null) {
                    long cell = base + j;
                    up[(int) (cell >>> 6)] |= 1L << cell;
                }
            } else {
                row[j] = row[j - 1];
            }
            diagonal = above;
        }
    }

    private void walkBack(byte[] a, byte[] b, long[] up, int width) {
        int left = common.length;
        int i = a.length;
        int j = b.length;
        int run = 0;
        while (i > 0 && j > 0) {
            if (a[i - 1] == b[j - 1]) {
                common[--left] = a[i - 1];
                run++;
                i--;
                j--;
            } else {
                addMatch(i, j, run);
                run = 0;
                long cell = (long) i * width + j;
                if ((up[(int) (cell >>> 6)] >>> cell & 1) != 0) {
                    i--;
                } else {
                    j--;
                }
            }
        }
        addMatch(i, j, run);
    }

    private void addMatch(int firstStart, int secondStart, int length) {
        if (length == 0) {
            return;
        }
        if (matches.length < 3 * matchCount + 3) {
            matches = Arrays.copyOf(matches, 2 * matches.length);
        }
        matches[3 * matchCount] = firstStart;
        matches[3 * matchCount + 1] = secondStart;
        matches[3 * matchCount++ + 2] = length;
    }

    /** The length alone, which needs no more than one row. */
    static int length(byte[] a, byte[] b) {
        int[] row = new int[b.length + 1];
        for (byte c : a) {
            fillRow(row, c, b, null, 0);
        }
        return row[b.length];
    }

    byte[] bytes() {
        return common;
    }

    int matchCount() {
        return matchCount;
    }

    int firstStart(int i) {
        return matches[3 * i];
    }

    int secondStart(int i) {
        return matches[3 * i + 1];
    }

    int matchLength(int i) {
        return matches[3 * i + 2];
    }
}
