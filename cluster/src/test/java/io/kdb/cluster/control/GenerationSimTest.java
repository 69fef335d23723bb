package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.control.GenerationChange.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The generation protocol in simulation: every step of every kind of change meets every fault. */
class GenerationSimTest {
    /** What a change of voters looks like: before, after. */
    enum Shape {
        GROW_TO_THREE("0", "012"),
        GROW_TO_FIVE("012", "01234"),
        REPLACE_ONE("012", "013"),
        MOVE_ALL("012", "345"),
        SHRINK_TO_THREE("01234", "012"),
        SHRINK_TO_ONE("012", "0");

        private final String oldDigits;
        private final String newDigits;

        Shape(String oldDigits, String newDigits) {
            this.oldDigits = oldDigits;
            this.newDigits = newDigits;
        }

        List<String> before() {
            return ids(oldDigits);
        }

        List<String> after() {
            return ids(newDigits);
        }

        private static List<String> ids(String digits) {
            return digits.chars().mapToObj(c -> "n" + (char) c).toList();
        }
    }

    enum Victim {
        DRIVER,
        OLD_VOTER,
        NEW_VOTER,
        OBSERVER
    }

    enum Fault {
        KILL,
        STOP,
        CUT_OFF,
        CUT_IN,
        CUT_OUT,
        LOSS
    }

    /** Steps as the driver goes through them. */
    private static final List<Step> STEPS = List.of(Step.ADDING, Step.FILLING, Step.PINGING, Step.SEALING, Step.SEALED);

    private static final int NODES = 7;

    @ParameterizedTest
    @EnumSource(Shape.class)
    void everyStepMeetsEveryFault(Shape shape) {
        int acked = 0;
        for (Step step : STEPS) {
            for (Victim victim : Victim.values()) {
                for (Fault fault : Fault.values()) {
                    // At once, before what follows the step is sent, or when it has been.
                    for (int delayMs : new int[] {0, 4}) {
                        long seed = shape.name().hashCode() * 31L + step.name().hashCode();
                        seed = seed * 31 + victim.name().hashCode();
                        seed = seed * 31 + fault.name().hashCode() + delayMs;
                        try {
                            acked += once(seed, shape, step, victim, fault, delayMs);
                        } catch (AssertionError e) {
                            throw new AssertionError(
                                    shape + " " + step + " " + victim + " " + fault + " +" + delayMs + " seed " + seed,
                                    e);
                        }
                    }
                }
            }
        }
        assertTrue(acked > 1000, "acknowledged: " + acked);
    }

    private static int once(long seed, Shape shape, Step at, Victim victim, Fault fault, int delayMs) {
        SimRun run = new SimRun(seed, NODES);
        SimWorld world = run.world;
        run.reach(shape.before(), 30_000);
        run.load("n0", "n2", "n5");
        world.run(200);
        boolean[] struck = new boolean[1];
        for (SimNode node : world.nodes.values()) {
            node.control().observeChanges(change -> {
                if (!struck[0] && change.step() == at) {
                    struck[0] = true;
                    String target = target(shape, victim, node.self());
                    Runnable strike = () -> strike(world, target, fault);
                    if (delayMs == 0) {
                        strike.run();
                    } else {
                        world.schedule(null, delayMs, strike);
                    }
                }
            });
        }
        world.leader().control().planner().force(shape.after());
        world.runUntil(10_000, () -> struck[0]);
        SimRun.require(struck[0], "the change came to " + at);
        world.run(2500);
        world.heal();
        run.reach(shape.after(), 60_000);
        run.conclude();
        return run.acked();
    }

    private static String target(Shape shape, Victim victim, String driver) {
        return switch (victim) {
            case DRIVER -> driver;
            case OLD_VOTER ->
                shape.before().stream()
                        .filter(id -> !id.equals(driver))
                        .findFirst()
                        .orElse(driver);
            case NEW_VOTER ->
                shape.after().stream()
                        .filter(id -> !shape.before().contains(id))
                        .findFirst()
                        .orElse(shape.after().get(shape.after().size() - 1));
            case OBSERVER -> "n6";
        };
    }

    private static void strike(SimWorld world, String target, Fault fault) {
        SimNode node = world.nodes.get(target);
        switch (fault) {
            case KILL -> node.kill();
            case STOP -> node.freeze();
            case CUT_OFF -> world.isolate(target, true, true);
            case CUT_IN -> world.isolate(target, true, false);
            case CUT_OUT -> world.isolate(target, false, true);
            case LOSS -> world.lossPercent = 30;
        }
    }

    /** Random changes, kills, stops and partitions, as they come. */
    @RepeatedTest(100)
    void randomFaultsLoseNothing(RepetitionInfo repetition) {
        random(repetition.getCurrentRepetition());
    }

    static void random(long seed) {
        Random random = new Random(seed);
        try {
            SimRun run = new SimRun(seed, NODES);
            SimWorld world = run.world;
            run.load("n0", "n3", "n6");
            boolean[] calm = new boolean[1];
            for (int round = 0; round < 12; round++) {
                SimNode leader = world.leader();
                if (leader != null) {
                    List<String> wish = wish(random);
                    Step at = STEPS.get(random.nextInt(STEPS.size()));
                    int way = random.nextInt(4);
                    leader.control().observeChanges(change -> {
                        if (calm[0]) {
                            return;
                        }
                        if (change.step() == at && way == 0) {
                            leader.kill();
                        } else if (change.step() == at && way == 1) {
                            leader.freeze();
                        } else if (change.step() == at && way == 2) {
                            strike(world, "n" + random.nextInt(NODES), Fault.values()[random.nextInt(3)]);
                        }
                    });
                    leader.control().planner().force(wish);
                }
                int faults = random.nextInt(3);
                for (int i = 0; i < faults; i++) {
                    world.run(random.nextInt(700));
                    strike(world, "n" + random.nextInt(NODES), Fault.values()[random.nextInt(6)]);
                }
                world.run(random.nextInt(2500));
                if (random.nextInt(3) > 0) {
                    world.heal();
                    world.run(random.nextInt(3000));
                }
            }
            calm[0] = true;
            run.conclude();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static List<String> wish(Random random) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            ids.add("n" + i);
        }
        Collections.shuffle(ids, random);
        return List.copyOf(ids.subList(0, new int[] {1, 3, 3, 5}[random.nextInt(4)]));
    }

    @Test
    void aWorldWithTwoHistoriesIsNoticed() {
        SimWorld world = new SimWorld(1);
        world.witness(new GroupId(1, 0, 0), 1, "a");
        assertThrows(AssertionError.class, () -> world.witness(new GroupId(2, 1, 0), 1, "b"));
    }
}
