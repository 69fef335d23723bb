package io.kdb.cluster.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One simulated cluster under load, and what must hold of it in the end. Owner: the test. */
final class SimRun {
    static final long DECIDES_WITHIN_MS = 30_000;

    private record Ack(String op, int position, long begunMs, long endedMs) {}

    final SimWorld world;
    private final List<Ack> acks = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private boolean loading = true;

    SimRun(long seed, int nodeCount) {
        world = new SimWorld(seed);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < nodeCount; i++) {
            ids.add("n" + i);
        }
        SimNode founder = new SimNode(world, ids.get(0));
        founder.found(ids);
        for (String id : ids.subList(1, nodeCount)) {
            new SimNode(world, id).observe(founder);
        }
        require(
                world.runUntil(10_000, () -> world.nodes.values().stream().allMatch(n -> n.viewIndex() >= nodeCount)),
                "everybody follows");
    }

    static void require(boolean condition, String claim) {
        if (!condition) {
            throw new AssertionError("not so: " + claim);
        }
    }

    /** Clients on some nodes, each with one operation at a time, each again and again until it is answered. */
    void load(String... ids) {
        for (String id : ids) {
            client(world.nodes.get(id));
        }
    }

    private void client(SimNode node) {
        world.schedule(null, 20 + world.random.nextInt(20), () -> {
            if (!loading) {
                return;
            }
            if (node.silenced()) {
                client(node);
                return;
            }
            int life = node.life();
            String op = node.self() + "-" + numbers.merge(node.self(), 1, Integer::sum);
            long begunMs = world.nowMs();
            boolean[] over = new boolean[1];
            node.control().submissions().submit(Ledger.add(op), 5000, (answer, failure) -> {
                if (!over[0]) {
                    over[0] = true;
                    if (failure == null) {
                        int position = Integer.parseInt(new String(answer, StandardCharsets.UTF_8));
                        acks.add(new Ack(op, position, begunMs, world.nowMs()));
                    }
                    client(node);
                }
            });
            // When its process dies the client goes on with the next.
            watch(node, life, over);
        });
    }

    private void watch(SimNode node, int life, boolean[] over) {
        world.schedule(null, 500, () -> {
            if (!over[0] && node.life() != life) {
                over[0] = true;
                client(node);
            } else if (!over[0]) {
                watch(node, life, over);
            }
        });
    }

    /** Brings the cluster to given voters, asking the leader again as often as it takes. */
    void reach(List<String> voters, long limitMs) {
        long end = world.nowMs() + limitMs;
        while (!reached(voters)) {
            require(world.nowMs() < end, "voters become " + voters);
            SimNode leader = world.leader();
            if (leader != null && !reached(voters)) {
                leader.control().planner().force(voters);
            }
            world.runUntil(Math.min(1000, end - world.nowMs()), () -> reached(voters));
        }
    }

    boolean reached(List<String> voters) {
        SimNode leader = world.leader();
        return leader != null
                && Set.copyOf(leader.control().generations().voters()).equals(Set.copyOf(voters));
    }

    /** After healing: everybody decides in time, everybody agrees, nothing is lost or doubled, nothing is left over. */
    void conclude() {
        world.heal();
        int[] answered = new int[1];
        for (SimNode node : world.nodes.values()) {
            lastWord(node, world.nowMs() + DECIDES_WITHIN_MS, answered);
        }
        require(
                world.runUntil(DECIDES_WITHIN_MS, () -> answered[0] == world.nodes.size()),
                "a decision of every node within 30 s of healing, got " + answered[0] + ": " + world);
        loading = false;
        world.run(6000);
        require(world.runUntil(DECIDES_WITHIN_MS, this::agree), "all views agree: " + world);
        check();
        require(world.runUntil(5000, this::noLeftOvers), "no group is left over");
    }

    private void lastWord(SimNode node, long untilMs, int[] answered) {
        if (world.nowMs() < untilMs) {
            node.control().submissions().submit(Ledger.add("last-" + node.self() + world.nowMs()), 30_000, (a, f) -> {
                if (f == null) {
                    answered[0]++;
                } else {
                    lastWord(node, untilMs, answered);
                }
            });
        }
    }

    private boolean agree() {
        return world.nodes.values().stream()
                        .map(n -> n.view().entries())
                        .distinct()
                        .count()
                == 1;
    }

    private boolean noLeftOvers() {
        for (SimNode node : world.nodes.values()) {
            boolean voter = node.control().generations().voters().contains(node.self());
            if (node.host().groups().size() != (voter ? 1 : 0)) {
                return false;
            }
        }
        return true;
    }

    private void check() {
        List<String> entries = world.nodes.values().iterator().next().view().entries();
        Set<String> once = new HashSet<>(entries);
        require(once.size() == entries.size(), "nothing is applied twice");
        int before = 0;
        for (Ack ack : acks) {
            require(
                    ack.position <= entries.size()
                            && entries.get(ack.position - 1).equals(ack.op),
                    ack.op + " stands at its answer's place " + ack.position);
        }
        // Real time: what began after another had ended has the higher place.
        List<Ack> byBegin = new ArrayList<>(acks);
        byBegin.sort((a, b) -> Long.compare(a.begunMs, b.begunMs));
        List<Ack> byEnd = new ArrayList<>(acks);
        byEnd.sort((a, b) -> Long.compare(a.endedMs, b.endedMs));
        int ended = 0;
        for (Ack ack : byBegin) {
            while (ended < byEnd.size() && byEnd.get(ended).endedMs < ack.begunMs) {
                before = Math.max(before, byEnd.get(ended).position);
                ended++;
            }
            require(ack.position > before, "real-time order at " + ack.op);
        }
    }

    int acked() {
        return acks.size();
    }
}
