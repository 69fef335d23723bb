package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's wish for other voters: compares who votes with {@link VoterPlan}, drives one {@link GenerationChange} at a
 * time, waits after a failed one, and abandons proposals nobody drives. Owner: the control thread.
 */
final class Planner {
    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

    private final Environment env;
    private final GroupHost host;
    private final Generations generations;
    private final Peers peers;
    private final Timing timing;
    private final Consumer<GenerationChange> moved;
    private GenerationChange change;
    private List<String> wish = List.of();
    private long wishSinceMs;
    private long notBeforeMs;
    private final Map<String, Long> shunned = new HashMap<>();
    private boolean abandoning;
    private long leaderSinceMs = -1;
    private boolean enabled = true;
    private int tooLargeWarnedAt;

    Planner(
            Environment env,
            GroupHost host,
            Generations generations,
            Peers peers,
            Timing timing,
            Consumer<GenerationChange> moved) {
        this.env = env;
        this.host = host;
        this.generations = generations;
        this.peers = peers;
        this.timing = timing;
        this.moved = moved;
    }

    GenerationChange change() {
        return change;
    }

    /** Whether this node sealed that group into being. */
    boolean drives(GroupId next) {
        return change != null && change.maySeal() && change.next().equals(next);
    }

    /** Off: no change is begun; a node that stops, or a test. */
    void enable(boolean on) {
        enabled = on;
    }

    void poll() {
        long nowMs = env.nowMs();
        if (!generations.leads()) {
            leaderSinceMs = -1;
            return;
        }
        if (leaderSinceMs < 0) {
            leaderSinceMs = nowMs;
        }
        if (change != null && change.running()) {
            return;
        }
        Facts own = generations.own();
        if (own.open() != null) {
            abandon(own);
            return;
        }
        if (!enabled || abandoning || nowMs < notBeforeMs) {
            return;
        }
        List<String> voters = plan(nowMs);
        if (voters.equals(generations.voters())) {
            wish = List.of();
        } else if (!voters.equals(wish)) {
            wish = voters;
            wishSinceMs = nowMs;
        } else if (nowMs - wishSinceMs >= Timing.PLAN_STABLE_MS) {
            begin(own, voters);
        }
    }

    /** Begins a change asked for from outside; false when none can begin now. */
    boolean force(List<String> voters) {
        if (!generations.leads()
                || (change != null && change.running())
                || generations.own().open() != null) {
            return false;
        }
        return begin(generations.own(), voters) != null;
    }

    /** Begins a change to given voters; null when none can begin now. */
    GenerationChange begin(Facts own, List<String> voters) {
        int size = host.carriedBytesCount(own.id());
        if (size > RatisLimits.MAX_CARRIED_BYTES) {
            if (size > tooLargeWarnedAt) {
                tooLargeWarnedAt = size * 2;
                LOG.warn(
                        "Control state: {} bytes (expected: at most {} for a change of voters)",
                        size,
                        RatisLimits.MAX_CARRIED_BYTES);
            }
            notBeforeMs = env.nowMs() + Timing.BACK_OFF_MS;
            return null;
        }
        change = new GenerationChange(env, host, timing, own, voters, this::moved);
        change.start();
        return change;
    }

    private void moved(GenerationChange c) {
        if (c.step() == GenerationChange.Step.FAILED) {
            long nowMs = env.nowMs();
            notBeforeMs = nowMs + Timing.BACK_OFF_MS + env.random((int) Timing.BACK_OFF_MS);
            for (String silent : c.silent()) {
                if (!silent.equals(env.self())) {
                    shunned.put(silent, nowMs + 5 * Timing.BACK_OFF_MS);
                }
            }
            wish = List.of();
            LOG.info("Change of voters to {} given up {}", c.voters(), c.reason());
        }
        moved.accept(c);
    }

    private void abandon(Facts own) {
        if (!abandoning) {
            abandoning = true;
            host.submit(own.id(), new Entry.Abandon(own.attempt()).encode(), outcome -> abandoning = false);
        }
    }

    private List<String> plan(long nowMs) {
        List<Member> members = env.members();
        if (members.size() == 1
                && members.get(0).id().equals(env.self())
                && generations.voters().size() == 1
                && generations.voters().contains(env.self())) {
            return generations.voters();
        }
        List<VoterPlan.Candidate> nodes = new ArrayList<>();
        for (Member member : members) {
            nodes.add(
                    new VoterPlan.Candidate(member.id(), member.machine(), member.zone(), health(member.id(), nowMs)));
        }
        if (nodes.isEmpty()) {
            return generations.voters();
        }
        return VoterPlan.choose(nodes, generations.voters(), env.self());
    }

    private VoterPlan.Health health(String id, long nowMs) {
        if (id.equals(env.self())) {
            return VoterPlan.Health.LIVE;
        }
        boolean voter = generations.voters().contains(id);
        long silentMs = peers.silenceMs(id, leaderSinceMs, nowMs);
        Peers.Heard heard = peers.get(id);
        if (heard != null && silentMs <= Timing.freshMs()) {
            Facts own = heard.hello().own();
            boolean votes = own != null && own.id().equals(generations.group());
            if (voter && !votes) {
                // It answers, but its group is gone: its disk was lost, or it was reset.
                return nowMs - leaderSinceMs > timing.replaceAfterMs()
                        ? VoterPlan.Health.DEAD
                        : VoterPlan.Health.SUSPECT;
            }
            Long until = shunned.get(id);
            if (!voter && until != null && nowMs < until) {
                return VoterPlan.Health.SUSPECT;
            }
            return VoterPlan.Health.LIVE;
        }
        boolean failed = silentMs >= timing.replaceAfterMs() && nowMs - leaderSinceMs >= timing.nodeTimeoutMs();
        return failed ? VoterPlan.Health.DEAD : VoterPlan.Health.SUSPECT;
    }
}
