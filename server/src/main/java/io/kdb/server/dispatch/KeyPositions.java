package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.Arrays;
import java.util.List;

/** The argument indexes of one request's keys, in key-spec order. Owner: the event loop that fills it; reused. */
public final class KeyPositions {
    private int[] indexes = new int[8];
    private KeySpec[] specs = new KeySpec[8];
    private int count;

    /**
     * Fills this with the positions of {@code command}'s keys; false when the arguments do not fit the key specs (too few,
     * a count that is no number).
     */
    public boolean collect(CommandSpec command, Arguments args) {
        return collect(command, args, false);
    }

    /** As {@link #collect}, with what has a slot but is no key: shard channels. */
    public boolean collectRouted(CommandSpec command, Arguments args) {
        return collect(command, args, true);
    }

    private boolean collect(CommandSpec command, Arguments args, boolean channels) {
        count = 0;
        // By index: an iterator would be garbage on every MGET.
        List<KeySpec> all = command.keySpecs();
        for (int i = 0; i < all.size(); i++) {
            KeySpec spec = all.get(i);
            if ((channels || !spec.flags().contains(KeySpec.Flag.NOT_KEY)) && !spec.collect(args, this)) {
                return false;
            }
        }
        if (count > 1 && specs[0].keyword() == null && "KEYS".equals(specs[1].keyword())) {
            migrate(args);
        }
        return true;
    }

    /** MIGRATE: either the key at its fixed place or, when that is left empty, a list of keys. */
    private void migrate(Arguments args) {
        if (args.length(indexes[0]) != 0) {
            count = 1;
            return;
        }
        count--;
        System.arraycopy(indexes, 1, indexes, 0, count);
        System.arraycopy(specs, 1, specs, 0, count);
    }

    void add(int index, KeySpec spec) {
        if (count == indexes.length) {
            indexes = Arrays.copyOf(indexes, count * 2);
            specs = Arrays.copyOf(specs, count * 2);
        }
        indexes[count] = index;
        specs[count++] = spec;
    }

    void clear() {
        count = 0;
    }

    public int count() {
        return count;
    }

    /** The argument index of key {@code i}. */
    public int at(int i) {
        return indexes[i];
    }

    /** The key spec that found key {@code i}. */
    public KeySpec spec(int i) {
        return specs[i];
    }
}
