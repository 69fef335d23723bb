package io.kdb.server.store;

/** A range of members by their bytes, each end open, with or without its bound. Immutable; the bounds' bytes are shown. */
public record LexRange(Bound min, Bound max) {
    /** An end of the range. An open one lies before or behind all members and has no bytes. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    public record Bound(int open, boolean isExclusive, byte[] array, int offset, int length) {
        private static final byte[] NOTHING = {};
        public static final Bound FIRST = new Bound(-1, false, NOTHING, 0, 0);
        public static final Bound LAST = new Bound(1, false, NOTHING, 0, 0);

        public static Bound of(boolean isExclusive, byte[] array, int offset, int length) {
            return new Bound(0, isExclusive, array, offset, length);
        }

        /** The order of this bound and a member. */
        int compareTo(Element member) {
            return open != 0 ? open : -member.compareTo(array, offset, length);
        }

        private int compareTo(Bound other) {
            if (open != 0 || other.open != 0) {
                return Integer.compare(open, other.open);
            }
            return java.util.Arrays.compareUnsigned(
                    array, offset, offset + length, other.array, other.offset, other.offset + other.length);
        }
    }

    /** False when no member can be within. */
    public boolean mayContain() {
        int order = min.compareTo(max);
        return order < 0 || order == 0 && !min.isExclusive && !max.isExclusive && min.open == 0;
    }

    boolean isAboveMin(Element member) {
        int order = min.compareTo(member);
        return order < 0 || order == 0 && !min.isExclusive;
    }

    boolean isBelowMax(Element member) {
        int order = max.compareTo(member);
        return order > 0 || order == 0 && !max.isExclusive;
    }
}
