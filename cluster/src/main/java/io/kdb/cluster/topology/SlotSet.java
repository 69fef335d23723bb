package io.kdb.cluster.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** A set of slots, kept as a bitmap of 2 KB. Immutable. */
public final class SlotSet {
    private static final int WORDS = Slot.COUNT / 64;

    public static final SlotSet EMPTY = new SlotSet(new long[WORDS]);
    public static final SlotSet ALL = range(0, Slot.COUNT - 1);

    private final long[] words;
    private final int count;

    private SlotSet(long[] words) {
        this.words = words;
        int bits = 0;
        for (long word : words) {
            bits += Long.bitCount(word);
        }
        this.count = bits;
    }

    /** A run of slots, both ends included. */
    public record Range(int first, int last) {
        public Range {
            if (first < 0 || last >= Slot.COUNT || first > last) {
                throw new IllegalArgumentException(
                        "slot range: " + first + "-" + last + " (expected: 0-16383, ascending)");
            }
        }

        public int count() {
            return last - first + 1;
        }
    }

    public static SlotSet of(int... slots) {
        Builder builder = new Builder();
        for (int slot : slots) {
            builder.add(slot);
        }
        return builder.build();
    }

    public static SlotSet range(int first, int last) {
        return new Builder().add(new Range(first, last)).build();
    }

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public boolean contains(int slot) {
        return (words[slot >>> 6] & (1L << slot)) != 0;
    }

    /** The lowest member at or above {@code from}, or -1. */
    public int next(int from) {
        if (from >= Slot.COUNT) {
            return -1;
        }
        int w = from >>> 6;
        long word = words[w] & (-1L << from);
        while (word == 0) {
            if (++w == WORDS) {
                return -1;
            }
            word = words[w];
        }
        return (w << 6) + Long.numberOfTrailingZeros(word);
    }

    public void forEach(IntConsumer action) {
        for (int slot = next(0); slot >= 0; slot = next(slot + 1)) {
            action.accept(slot);
        }
    }

    /** The lowest slot that is in both sets, or -1. */
    public int firstCommon(SlotSet other) {
        for (int w = 0; w < WORDS; w++) {
            long both = words[w] & other.words[w];
            if (both != 0) {
                return (w << 6) + Long.numberOfTrailingZeros(both);
            }
        }
        return -1;
    }

    public List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        for (int first = next(0); first >= 0; ) {
            int last = first;
            while (last + 1 < Slot.COUNT && contains(last + 1)) {
                last++;
            }
            ranges.add(new Range(first, last));
            first = next(last + 1);
        }
        return ranges;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SlotSet set && Arrays.equals(words, set.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (Range range : ranges()) {
            text.append(text.length() > 1 ? " " : "").append(range.first());
            if (range.last() > range.first()) {
                text.append('-').append(range.last());
            }
        }
        return text.append(']').toString();
    }

    /** Collects slots. Owner: the thread that builds. */
    public static final class Builder {
        private final long[] words = new long[WORDS];

        /** Adds a slot; false when it was there. */
        public boolean add(int slot) {
            if (!Slot.isValid(slot)) {
                throw new IllegalArgumentException("slot: " + slot + " (expected: 0-16383)");
            }
            long bit = 1L << slot;
            boolean added = (words[slot >>> 6] & bit) == 0;
            words[slot >>> 6] |= bit;
            return added;
        }

        public Builder add(Range range) {
            for (int slot = range.first(); slot <= range.last(); slot++) {
                add(slot);
            }
            return this;
        }

        public Builder addAll(SlotSet slots) {
            for (int w = 0; w < WORDS; w++) {
                words[w] |= slots.words[w];
            }
            return this;
        }

        public SlotSet build() {
            return new SlotSet(words.clone());
        }
    }
}
