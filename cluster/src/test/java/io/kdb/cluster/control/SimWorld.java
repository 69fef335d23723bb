package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A cluster of control nodes in simulated time: one clock, one seeded random source, links that delay, lose and can be
 * cut, processes that are killed and stopped. It checks on the way that there is one history. Owner: the test.
 */
final class SimWorld {
    private record Event(long atMs, long order, SimNode owner, int life, Runnable task) {}

    final Random random;
    final Timing timing = new Timing(2000);
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.atMs != b.atMs ? Long.compare(a.atMs, b.atMs) : Long.compare(a.order, b.order));
    private long order;
    private long nowMs;
    final Map<String, SimNode> nodes = new TreeMap<>();
    private final Set<String> cut = new HashSet<>();
    int lossPercent;

    /** What was applied at each index, and by which generation first. */
    private final Map<Long, String> history = new HashMap<>();

    private final Map<Long, Integer> generationAt = new TreeMap<>();

    SimWorld(long seed) {
        random = new Random(seed);
    }

    long nowMs() {
        return nowMs;
    }

    /** Runs a task of a process later; it is lost when that process dies before, and late when it is stopped. */
    void schedule(SimNode owner, long delayMs, Runnable task) {
        events.add(new Event(nowMs + delayMs, order++, owner, owner == null ? 0 : owner.life(), task));
    }

    boolean isCut(String from, String to) {
        return cut.contains(from + ">" + to);
    }

    void cut(String from, String to) {
        cut.add(from + ">" + to);
    }

    /** Cuts a node off from all others, one way or both. */
    void isolate(String id, boolean in, boolean out) {
        for (String other : nodes.keySet()) {
            if (!other.equals(id)) {
                if (out) {
                    cut(id, other);
                }
                if (in) {
                    cut(other, id);
                }
            }
        }
    }

    /** Links are whole, everybody runs. */
    void heal() {
        cut.clear();
        lossPercent = 0;
        for (SimNode node : nodes.values()) {
            node.thaw();
            if (!node.up()) {
                node.start();
            }
        }
    }

    /** Carries something to a process, perhaps. */
    void carry(String from, String to, Runnable arrival) {
        if (from.equals(to)) {
            schedule(nodes.get(to), 0, arrival);
            return;
        }
        SimNode target = nodes.get(to);
        if (target == null || isCut(from, to) || random.nextInt(100) < lossPercent) {
            return;
        }
        events.add(new Event(nowMs + 1 + random.nextInt(4), order++, target, target.life(), arrival));
    }

    void run(long ms) {
        runUntil(ms, () -> false);
    }

    /** Runs until the condition holds, at most so long; whether it holds. */
    boolean runUntil(long limitMs, BooleanSupplier condition) {
        long end = nowMs + limitMs;
        while (!condition.getAsBoolean()) {
            Event event = events.peek();
            if (event == null || event.atMs > end) {
                nowMs = end;
                return condition.getAsBoolean();
            }
            events.remove();
            nowMs = Math.max(nowMs, event.atMs);
            if (event.owner == null) {
                event.task.run();
            } else if (event.owner.life() == event.life && event.owner.up()) {
                if (event.owner.frozen()) {
                    event.owner.whenThawed(event.task);
                } else {
                    event.task.run();
                }
            }
        }
        return true;
    }

    /** Every node's groups report what they apply: the same at each index, and generations never go back. */
    void witness(GroupId group, long index, String op) {
        String before = history.putIfAbsent(index, op);
        if (before != null && !before.equals(op)) {
            throw new AssertionError("two histories at " + index + ": " + before + " and " + op + " in " + group);
        }
        if (before == null) {
            generationAt.put(index, group.generation());
            Integer previous = generationAt.get(index - 1);
            if (previous != null && previous > group.generation()) {
                throw new AssertionError(
                        "generation " + group.generation() + " decided " + index + " after " + previous);
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("at " + nowMs + " ms");
        for (SimNode node : nodes.values()) {
            Generations g = node.control().generations();
            text.append("\n  ")
                    .append(node.self())
                    .append(" knows ")
                    .append(g.group().generation())
                    .append(g.voters())
                    .append(" led by ")
                    .append(g.leader())
                    .append(", fed by ")
                    .append(node.control().feed().feeder())
                    .append(", view ")
                    .append(node.viewIndex());
            for (GroupId id : node.host().groups()) {
                text.append("\n     ")
                        .append(node.host().facts(id))
                        .append(node.host().status(id));
            }
        }
        return text.toString();
    }

    List<String> ids() {
        return new ArrayList<>(nodes.keySet());
    }

    SimNode leader() {
        for (SimNode node : nodes.values()) {
            if (node.up() && !node.frozen() && node.control().generations().leads()) {
                return node;
            }
        }
        return null;
    }
}
