package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Who should vote: one node while there are fewer than three, three from three on, five from five on, spread over zones
 * and machines, changing no more than needed. A pure function.
 */
final class VoterPlan {
    /** How a node looks from the leader. */
    enum Health {
        /** Heard a moment ago: may be asked to vote. */
        LIVE,
        /** Silent, but not for long enough to be replaced. */
        SUSPECT,
        /** Silent for long, or not voting although it should. */
        DEAD
    }

    /** A member of the cluster. */
    record Candidate(String id, String machine, String zone, Health health) {}

    private VoterPlan() {}

    static int wanted(int nodes) {
        return nodes >= 5 ? 5 : nodes >= 3 ? 3 : 1;
    }

    /**
     * The voters wanted next; {@code current} when nothing should, or can, be changed now.
     *
     * @param nodes all members of the cluster, the voters that left it excepted
     * @param current who votes now
     * @param leader who leads them; it stays a voter as long as it is a member
     */
    static List<String> choose(Collection<Candidate> nodes, List<String> current, String leader) {
        List<Candidate> live = new ArrayList<>();
        List<Candidate> kept = new ArrayList<>();
        for (Candidate node : nodes) {
            if (node.health == Health.SUSPECT && current.contains(node.id)) {
                // Every new voter must answer, and this one may be back in a moment.
                return current;
            }
            if (node.health == Health.LIVE) {
                live.add(node);
                if (current.contains(node.id)) {
                    kept.add(node);
                }
            }
        }
        int wanted = wanted(nodes.size());
        int size = wanted;
        while (size > live.size()) {
            size -= 2;
        }
        int lost = current.size() - kept.size();
        if (size < 1
                || (size < wanted && size < current.size() && !shrinkHelps(size, kept.size(), lost, current.size()))) {
            return current;
        }
        live.sort(Comparator.comparing(Candidate::id));
        kept.sort(Comparator.comparing((Candidate c) -> !c.id.equals(leader)).thenComparing(Candidate::id));
        List<Candidate> chosen = new ArrayList<>();
        if (kept.size() <= size) {
            chosen.addAll(kept);
        } else {
            chosen.add(kept.get(0));
            fill(chosen, kept, size);
        }
        fill(chosen, live, size);
        spread(chosen, live, leader);
        List<String> ids = chosen.stream().map(Candidate::id).sorted().toList();
        return ids.size() == current.size() && current.containsAll(ids) ? current : ids;
    }

    /** Whether fewer voters than wanted survive more than the present ones, some of whom are dead. */
    private static boolean shrinkHelps(int size, int alive, int lost, int current) {
        // Never from three to one: the one could be on the wrong side.
        return size >= 3 && alive >= size && (size - 1) / 2 > (current - 1) / 2 - lost;
    }

    private static void fill(List<Candidate> chosen, List<Candidate> from, int size) {
        while (chosen.size() < size) {
            Candidate best = null;
            for (Candidate c : from) {
                if (!chosen.contains(c) && (best == null || crowd(c, chosen) < crowd(best, chosen))) {
                    best = c;
                }
            }
            chosen.add(best);
        }
    }

    /** Exchanges at most one voter, not the leader, where that spreads them better. */
    private static void spread(List<Candidate> chosen, List<Candidate> live, String leader) {
        Candidate out = null;
        Candidate in = null;
        int gain = 0;
        for (Candidate c : chosen) {
            if (c.id.equals(leader)) {
                continue;
            }
            List<Candidate> others = new ArrayList<>(chosen);
            others.remove(c);
            for (Candidate other : live) {
                int better = crowd(c, others) - crowd(other, others);
                if (!chosen.contains(other) && better > gain) {
                    gain = better;
                    out = c;
                    in = other;
                }
            }
        }
        if (out != null) {
            chosen.remove(out);
            chosen.add(in);
        }
    }

    /** How many of the others share its zone (heavier, where zones are given) and its machine. */
    private static int crowd(Candidate c, List<Candidate> others) {
        int crowd = 0;
        for (Candidate o : others) {
            crowd += o.zone.equals(c.zone) && !c.zone.isEmpty() ? 16 : 0;
            crowd += o.machine.equals(c.machine) ? 1 : 0;
        }
        return crowd;
    }
}
