package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.Arrays;
import java.util.List;

/** The argument indexes of one request's keys, in key-spec order. Owner: the event loop that fills it; reused. */
public final class KeyPositions {
    private static final int FIRST_MIGRATE_OPTION = 6;

    private int[] indexes = new int[8];
    private KeySpec[] specs = new KeySpec[8];
    private int count;

    /**
     * Fills this with the positions of {@code command}'s keys; false when the arguments do not fit the key specs (too few,
     * a count that is no number).
     */
    public boolean collect(CommandSpec command, Arguments args) {
        List<KeySpec> all = command.keySpecs();
        if (all.size() == 1 && "STREAMS".equals(all.get(0).keyword())) {
            count = 0;
            return streams(args, all.get(0));
        }
        return collect(command, args, false);
    }

    /** As {@link #collect}, with what has a slot but is no key: shard channels. */
    public boolean collectRouted(CommandSpec command, Arguments args) {
        return command.keySpecs().size() == 1
                        && "STREAMS".equals(command.keySpecs().get(0).keyword())
                ? collect(command, args)
                : collect(command, args, true);
    }

    /** As {@link #collect}, by nothing but the key specs, which the words of XREAD can mislead, and each must find a key; as COMMAND GETKEYS does. */
    public boolean collectBySpecs(CommandSpec command, Arguments args) {
        if (!collect(command, args, false)) {
            return false;
        }
        for (KeySpec spec : command.keySpecs()) {
            if (spec.isEmptyRest(args)) {
                return false;
            }
        }
        return true;
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
        if (count == 1 && all.size() == 3 && all.get(2).isUnknown()) {
            sortStore(args, all.get(2));
        }
        if (all.size() == 2 && "KEYS".equals(all.get(1).keyword())) {
            migrate(args, all.get(1));
        }
        return true;
    }

    /** MIGRATE: the key at its fixed place, or all words behind a KEYS that is an option; both are an error, and no key. */
    private void migrate(Arguments args, KeySpec spec) {
        count = 1;
        int i = FIRST_MIGRATE_OPTION;
        int last = args.count() - 1;
        while (i < last && !args.is(i, spec.keyword())) {
            i += args.is(i, "AUTH") ? 2 : args.is(i, "AUTH2") ? 3 : 1;
        }
        if (i >= last) {
            return;
        }
        count = 0;
        if (args.length(indexes[0]) == 0) {
            for (i++; i < args.count(); i++) {
                add(i, spec);
            }
        }
    }

    /** SORT: the last word behind a STORE that is an option. */
    private void sortStore(Arguments args, KeySpec spec) {
        int store = 0;
        for (int i = 2; i < args.count(); i++) {
            if (args.is(i, "LIMIT")) {
                i += 2;
            } else if (args.is(i, "BY") || args.is(i, "GET")) {
                i++;
            } else if (args.is(i, "STORE") && i + 1 < args.count()) {
                store = ++i;
            }
        }
        if (store > 0) {
            add(store, spec);
        }
    }

    /** XREAD and XREADGROUP: the keyword is an option, but it may also be the name of a group, a consumer or a key. */
    private boolean streams(Arguments args, KeySpec spec) {
        int argc = args.count();
        int i = 1;
        while (i < argc && !args.is(i, spec.keyword())) {
            if (args.is(i, "BLOCK") || args.is(i, "COUNT")) {
                i += 2;
            } else if (args.is(i, "GROUP")) {
                i += 3;
            } else if (args.is(i, "NOACK")) {
                i++;
            } else {
                return false;
            }
        }
        int words = argc - i - 1;
        if (words <= 0 || words % 2 != 0) {
            return false;
        }
        for (int key = i + 1; key <= i + words / 2; key++) {
            add(key, spec);
        }
        return true;
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
