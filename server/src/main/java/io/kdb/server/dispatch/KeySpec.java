package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Where a command's keys stand: how to find the first one, and how to find the others from it. The same model as Redis'
 * key specifications (https://redis.io/docs/latest/develop/reference/key-specs/). Immutable.
 */
public final class KeySpec {
    /** What is done to the keys, in COMMAND INFO's words. */
    public enum Flag {
        RO,
        RW,
        OW,
        RM,
        ACCESS,
        UPDATE,
        INSERT,
        DELETE,
        NOT_KEY,
        INCOMPLETE,
        VARIABLE_FLAGS;

        public String wireName() {
            return this == NOT_KEY || this == INCOMPLETE || this == VARIABLE_FLAGS
                    ? name().toLowerCase(Locale.ROOT)
                    : ordinal() < ACCESS.ordinal() ? name() : name().toLowerCase(Locale.ROOT);
        }
    }

    private final Set<Flag> flags;
    private final String notes;
    // begin_search: by index when keyword is null, else the argument after keyword, searched from startFrom
    private final int index;
    private final String keyword;
    private final int startFrom;
    // find_keys: a range, or a count argument
    private final boolean counted;
    private final int last;
    private final int step;
    private final int limit;
    private final int countIndex;
    private final int firstKey;

    private KeySpec(
            int index,
            String keyword,
            int startFrom,
            boolean counted,
            int last,
            int step,
            int limit,
            int countIndex,
            int firstKey,
            String notes,
            Flag... flags) {
        this.index = index;
        this.keyword = keyword;
        this.startFrom = startFrom;
        this.counted = counted;
        this.last = last;
        this.step = step;
        this.limit = limit;
        this.countIndex = countIndex;
        this.firstKey = firstKey;
        this.notes = notes;
        Set<Flag> set = EnumSet.noneOf(Flag.class);
        set.addAll(java.util.Arrays.asList(flags));
        this.flags = set;
    }

    /** One key at argument {@code index}. */
    public static KeySpec key(int index, Flag... flags) {
        return new KeySpec(index, null, 0, false, 0, 1, 0, 0, 0, null, flags);
    }

    /** Keys from argument {@code first} to {@code last} (negative: from the end), every {@code step}-th. */
    public static KeySpec keys(int first, int last, int step, Flag... flags) {
        return new KeySpec(first, null, 0, false, last < 0 ? last : last - first, step, 0, 0, 0, null, flags);
    }

    /** As many keys as the argument at {@code index} says, right behind it. */
    public static KeySpec counted(int index, Flag... flags) {
        return new KeySpec(index, null, 0, true, 0, 1, 0, 0, 1, null, flags);
    }

    /** As many pairs of a key and a value as the argument at {@code index} says, right behind it. */
    public static KeySpec countedPairs(int index, Flag... flags) {
        return new KeySpec(index, null, 0, true, 0, 2, 0, 0, 1, null, flags);
    }

    /**
     * Keys behind a keyword searched from {@code startFrom} (negative: backwards from the end); last, step and limit as
     * in {@link #keys}.
     */
    public static KeySpec afterKeyword(String keyword, int startFrom, int last, int step, int limit, Flag... flags) {
        return new KeySpec(0, keyword, startFrom, false, last, step, limit, 0, 0, null, flags);
    }

    /** Keys that no spec can find: by what others hold, or behind a word that may stand anywhere. */
    public static KeySpec unknown(Flag... flags) {
        return new KeySpec(-1, null, 0, false, 0, 1, 0, 0, 0, null, flags);
    }

    /** A copy that carries the free-text note COMMAND DOCS-style tools show. */
    public KeySpec withNotes(String text) {
        return new KeySpec(
                index,
                keyword,
                startFrom,
                counted,
                last,
                step,
                limit,
                countIndex,
                firstKey,
                text,
                flags.toArray(new Flag[0]));
    }

    public Set<Flag> flags() {
        return flags;
    }

    public String notes() {
        return notes;
    }

    public int index() {
        return index;
    }

    public boolean isUnknown() {
        return index < 0;
    }

    public String keyword() {
        return keyword;
    }

    public int startFrom() {
        return startFrom;
    }

    public boolean isCounted() {
        return counted;
    }

    public int last() {
        return last;
    }

    public int step() {
        return step;
    }

    public int limit() {
        return limit;
    }

    public int countIndex() {
        return countIndex;
    }

    public int firstKey() {
        return firstKey;
    }

    /** Appends this spec's key positions in {@code args} to {@code out}; false when the arguments are malformed. */
    boolean collect(Arguments args, KeyPositions out) {
        if (isUnknown()) {
            return true;
        }
        int first = index;
        int argc = args.count();
        if (keyword != null) {
            first = find(args);
            if (first < 0) {
                return true;
            }
        }
        if (counted) {
            int at = first + countIndex;
            if (at >= argc) {
                return false;
            }
            int n = smallCount(args, at);
            int from = first + firstKey;
            if (n < 0 || from + (long) n * step - step + 1 > argc) {
                return false;
            }
            for (int i = 0; i < n; i++) {
                out.add(from + i * step, this);
            }
            return true;
        }
        if (isEmptyRest(args) && out.count() > 0) {
            return true;
        }
        int end = last >= 0 ? first + last : argc + last;
        if (limit > 1 && last == -1) {
            end = first + (argc - first) / limit - 1;
        }
        if (first >= argc || end >= argc) {
            return false;
        }
        for (int i = first; i <= end; i += step) {
            out.add(i, this);
        }
        return true;
    }

    /** PFMERGE of a target alone: all keys from a fixed place on, of which there are none. */
    boolean isEmptyRest(Arguments args) {
        return keyword == null && !counted && last < 0 && limit <= 1 && index == args.count();
    }

    private int find(Arguments args) {
        int argc = args.count();
        if (startFrom > 0) {
            for (int i = startFrom; i < argc - 1; i++) {
                if (args.is(i, keyword)) {
                    return i + 1;
                }
            }
        } else {
            for (int i = argc + startFrom; i > 0; i--) {
                if (args.is(i, keyword)) {
                    return i + 1 < argc ? i + 1 : -1;
                }
            }
        }
        return -1;
    }

    private static int smallCount(Arguments args, int at) {
        int n = args.length(at);
        if (n == 0 || n > 9) {
            return -1;
        }
        byte[] bytes = args.array(at);
        int value = 0;
        for (int i = args.offset(at), end = i + n; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
