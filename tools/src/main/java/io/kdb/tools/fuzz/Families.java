package io.kdb.tools.fuzz;

import java.util.List;

/** All families, fresh for one round. */
public final class Families {
    private Families() {}

    public static List<CommandFamily> all() {
        return List.of(
                new BitmapFamily(),
                new GeoFamily(),
                new HashFamily(),
                new HyperLogLogFamily(),
                new KeyFamily(),
                new LexicalFamily(),
                new ListFamily(),
                new SetFamily(),
                new SortFamily(),
                new SortedSetFamily(),
                new StreamFamily(),
                new StringFamily(),
                new TransactionFamily());
    }

    /** Those of {@link #all} with these names; all when there are none. */
    static List<CommandFamily> named(List<String> names) {
        List<CommandFamily> chosen = all().stream()
                .filter(family -> names.isEmpty() || names.contains(family.name()))
                .toList();
        if (chosen.size() < names.size() || chosen.isEmpty()) {
            throw new IllegalArgumentException("families: " + names + " (expected: of "
                    + all().stream().map(CommandFamily::name).toList() + ")");
        }
        return chosen;
    }
}
