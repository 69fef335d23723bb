package io.kdb.tools.fuzz;

import io.kdb.tools.client.Address;
import io.kdb.tools.fuzz.Exchange.Mismatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Runs rounds of random commands on a Redis and a kdb, whose data it throws away. A round follows from its seed alone.
 * Owner: one thread.
 */
public final class Fuzzer {
    /** Commands of a round, about. */
    public static final int COMMANDS = 2000;

    private static final int BATCH = 100;
    private static final int DATABASES = 3;
    /** In one round of so many the keyspace events are compared, too. */
    private static final int EVENT_ROUNDS = 4;

    private final Address redis;
    private final Address kdb;
    private final List<String> familyNames;

    /** @param familyNames only these; none: all */
    public Fuzzer(Address redis, Address kdb, List<String> familyNames) {
        this.redis = redis;
        this.kdb = kdb;
        this.familyNames = List.copyOf(familyNames);
    }

    /** The first difference in this round, with as few commands as were found to show it; null: none. */
    public Difference round(long seed) throws IOException {
        Random random = new Random(seed);
        boolean resp3 = random.nextInt(3) == 0;
        List<CommandFamily> families = Families.named(familyNames);
        List<String> prefixes = families.stream()
                .map(family -> family.name().substring(0, 1))
                .distinct()
                .toList();
        Dice dice = new Dice(random.nextLong(), resp3, prefixes);
        Script settings = new Script(dice);
        settings.addAsIs(Tolerance.TYPE, "FLUSHALL");
        settings.addAsIs(Tolerance.TYPE, "HELLO", resp3 ? "3" : "2");
        families.forEach(family -> family.prepare(dice, settings));
        List<Step> steps = commands(families, dice);
        Difference found = run(seed, settings.steps(), steps);
        return found == null ? null : new Shrinker(this, seed, settings.steps()).shrink(steps, found);
    }

    private static List<Step> commands(List<CommandFamily> families, Dice dice) {
        int weights = families.stream().mapToInt(CommandFamily::weight).sum();
        Script script = new Script(dice);
        while (script.steps().size() < COMMANDS) {
            int left = dice.below(weights);
            for (CommandFamily family : families) {
                left -= family.weight();
                if (left < 0) {
                    dice.prefix(family.name().substring(0, 1));
                    family.add(dice, script);
                    break;
                }
            }
        }
        return script.steps();
    }

    /** Runs these commands on empty servers; null: no difference. */
    Difference run(long seed, List<Step> settings, List<Step> commands) throws IOException {
        List<Step> all = new ArrayList<>(settings);
        all.addAll(commands);
        try (Exchange exchange = new Exchange(redis, kdb);
                EventCheck events = seed % EVENT_ROUNDS == 0 ? new EventCheck(redis, kdb) : null) {
            for (int from = 0; from < all.size(); from += BATCH) {
                int to = Math.min(all.size(), from + BATCH);
                Mismatch mismatch = exchange.run(all, from, to);
                if (mismatch == null && events != null) {
                    mismatch = events.next(to - 1);
                }
                if (mismatch != null) {
                    int step = mismatch.step();
                    return new Difference(
                            seed,
                            step,
                            all.get(step).toString(),
                            mismatch.redis(),
                            mismatch.kdb(),
                            all.subList(0, step + 1));
                }
            }
        }
        try (Exchange exchange = new Exchange(redis, kdb)) {
            KeyspaceCheck.Finding finding = new KeyspaceCheck(exchange).check(DATABASES);
            return finding == null
                    ? null
                    : new Difference(seed, all.size(), finding.question(), finding.redis(), finding.kdb(), all);
        }
    }
}
