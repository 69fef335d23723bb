package io.kdb.tools.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Leaves commands out of a round that showed a difference, as long as there is one. Owner: the fuzzer's thread. */
final class Shrinker {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(20);

    private final Fuzzer fuzzer;
    private final long seed;
    private final List<Step> settings;
    private final long deadlineNs = System.nanoTime() + LIMIT_NS;

    Shrinker(Fuzzer fuzzer, long seed, List<Step> settings) {
        this.fuzzer = fuzzer;
        this.seed = seed;
        this.settings = settings;
    }

    Difference shrink(List<Step> commands, Difference first) throws IOException {
        Difference best = first;
        List<Step> left = upTo(commands, first);
        for (int chunk = Math.max(1, left.size() / 2); ; chunk = chunk / 2) {
            for (int from = Math.max(0, left.size() - chunk); ; from = Math.max(0, from - chunk)) {
                List<Step> fewer = without(left, from, Math.min(left.size(), from + chunk));
                Difference still = fuzzer.run(seed, settings, fewer);
                if (still != null) {
                    best = still;
                    left = upTo(fewer, still);
                    from = Math.min(from, left.size());
                }
                if (System.nanoTime() > deadlineNs) {
                    return best;
                }
                if (from == 0) {
                    break;
                }
            }
            if (chunk == 1) {
                return best;
            }
        }
    }

    /** Without those of a range, and without those that belong to one of them. */
    private static List<Step> without(List<Step> commands, int from, int to) {
        Set<Integer> units = new HashSet<>();
        commands.subList(from, to).forEach(step -> units.add(step.unit()));
        units.remove(Step.ALONE);
        List<Step> fewer = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            if ((i < from || i >= to) && !units.contains(commands.get(i).unit())) {
                fewer.add(commands.get(i));
            }
        }
        return fewer;
    }

    /** The commands up to the one that differs. */
    private List<Step> upTo(List<Step> commands, Difference difference) {
        return commands.subList(
                0, Math.max(0, Math.min(commands.size(), difference.history().size() - settings.size())));
    }
}
