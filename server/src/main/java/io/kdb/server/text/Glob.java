package io.kdb.server.text;

import java.nio.charset.StandardCharsets;

/**
 * Redis' glob patterns ({@code * ? [a-z] [^a] \x}) over bytes, as KEYS, SCAN, PSUBSCRIBE and CONFIG GET use them.
 * Stateless, thread-safe.
 *
 * <p>Note: only the last star is ever reconsidered. When what follows it matches nowhere in the rest of the text, a
 * longer match of an earlier star cannot help, so time is at most pattern times text. A pattern with more than
 * {@value #MAX_STARS} separate stars before its last matches nothing, as in Redis.
 *
 * @see <a href="https://redis.io/docs/latest/commands/keys/">KEYS</a>
 */
public final class Glob {
    private static final int MAX_STARS = 1000;

    private Glob() {}

    /** Whether the whole text matches the pattern. */
    public static boolean matches(String pattern, String text, boolean ignoreCase) {
        byte[] p = pattern.getBytes(StandardCharsets.ISO_8859_1);
        byte[] t = text.getBytes(StandardCharsets.ISO_8859_1);
        return matches(p, 0, p.length, t, 0, t.length, ignoreCase);
    }

    /** Whether the whole text matches the pattern. */
    public static boolean matches(byte[] pattern, byte[] text) {
        return matches(pattern, 0, pattern.length, text, 0, text.length, false);
    }

    /** Whether the pattern is just {@code *}, which callers may treat as no filter at all. */
    public static boolean isAll(byte[] pattern, int offset, int length) {
        return length == 1 && pattern[offset] == '*';
    }

    /** Whether the whole text matches the pattern. */
    public static boolean matches(
            byte[] pattern, int pOffset, int pLength, byte[] text, int tOffset, int tLength, boolean ignoreCase) {
        int p = pOffset;
        int pEnd = pOffset + pLength;
        int t = tOffset;
        int tEnd = tOffset + tLength;
        int starPattern = -1; // just after the last star, where to resume
        int starText = -1; // where in the text the last star's rest was tried last
        int stars = 0;
        while (p < pEnd && t < tEnd) {
            if (pattern[p] == '*') {
                while (p + 1 < pEnd && pattern[p + 1] == '*') p++;
                if (p + 1 == pEnd) return true;
                if (++stars > MAX_STARS) return false;
                starPattern = ++p;
                starText = t;
                continue;
            }
            int next = step(pattern, p, pEnd, text[t], ignoreCase);
            if (next > 0) {
                p = next;
                t++;
                if (t < tEnd) {
                    if (p < pEnd || starPattern < 0) continue;
                } else {
                    while (p < pEnd && pattern[p] == '*') p++;
                    if (p == pEnd) return true;
                }
            }
            // The text ended before the pattern, the pattern before the text, or they differ: the star takes one more.
            if (starPattern < 0 || ++starText >= tEnd) return false;
            p = starPattern;
            t = starText;
        }
        return p == pEnd && t == tEnd;
    }

    /** The pattern index after the element at p if it matches the byte, else -1. */
    private static int step(byte[] pattern, int p, int pEnd, byte b, boolean ignoreCase) {
        switch (pattern[p]) {
            case '?':
                return p + 1;
            case '[':
                return bracket(pattern, p, pEnd, b, ignoreCase);
            case '\\':
                if (p + 1 < pEnd) p++;
                return same(pattern[p], b, ignoreCase) ? p + 1 : -1;
            default:
                return same(pattern[p], b, ignoreCase) ? p + 1 : -1;
        }
    }

    /** A class without its closing bracket reaches to the pattern's end; escaped bytes in it are always exact. */
    private static int bracket(byte[] pattern, int open, int pEnd, byte b, boolean ignoreCase) {
        int p = open + 1;
        boolean not = p < pEnd && pattern[p] == '^';
        if (not) p++;
        boolean match = false;
        for (; p < pEnd && pattern[p] != ']'; p++) {
            if (pattern[p] == '\\' && p + 1 < pEnd) {
                match |= pattern[++p] == b;
            } else if (p + 2 < pEnd && pattern[p + 1] == '-') {
                match |= inRange(pattern[p], pattern[p + 2], b, ignoreCase);
                p += 2;
            } else {
                match |= same(pattern[p], b, ignoreCase);
            }
        }
        if (match == not) return -1;
        return Math.min(p + 1, pEnd);
    }

    private static boolean inRange(byte from, byte to, byte b, boolean ignoreCase) {
        int low = Math.min(from, to);
        int high = Math.max(from, to);
        if (!ignoreCase) return b >= low && b <= high;
        int lower = lower(b);
        return lower >= lower(low) && lower <= lower(high);
    }

    private static boolean same(byte a, byte b, boolean ignoreCase) {
        return a == b || (ignoreCase && lower(a) == lower(b));
    }

    private static int lower(int b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }
}
