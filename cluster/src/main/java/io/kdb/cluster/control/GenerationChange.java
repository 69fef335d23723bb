package io.kdb.cluster.control;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One change of voters, driven by the ready leader of the generation in force: P, add, full, once more asked, Z; the
 * carrying of F follows from Z and is everybody's ({@link Carrier}). A change that fails before Z is left behind as an
 * open proposal, which the leader then abandons. Owner: the control thread.
 */
final class GenerationChange {
    /** Where a change stands; tests stop a node at any of them. */
    enum Step {
        PROPOSING,
        ADDING,
        FILLING,
        PINGING,
        SEALING,
        SEALED,
        FAILED
    }

    private final Environment env;
    private final GroupHost host;
    private final Timing timing;
    private final GroupId from;
    private final GroupId next;
    private final List<String> voters;
    private final Consumer<GenerationChange> moved;
    private Step step = Step.PROPOSING;
    private final Set<String> answered = new HashSet<>();
    private boolean full;
    private long deadlineMs;
    private String reason = "";

    GenerationChange(
            Environment env,
            GroupHost host,
            Timing timing,
            Facts from,
            List<String> voters,
            Consumer<GenerationChange> moved) {
        this.env = env;
        this.host = host;
        this.timing = timing;
        this.from = from.id();
        this.voters = List.copyOf(voters);
        this.moved = moved;
        this.next = from.id().next(from.attempt() + 1, env.random(Integer.MAX_VALUE));
    }

    Step step() {
        return step;
    }

    GroupId next() {
        return next;
    }

    List<String> voters() {
        return voters;
    }

    /** Why it failed. */
    String reason() {
        return reason;
    }

    /** Voters that did not answer in the step that failed. */
    Set<String> silent() {
        Set<String> silent = new HashSet<>(voters);
        silent.removeAll(answered);
        return silent;
    }

    boolean running() {
        return step != Step.FAILED && step != Step.SEALED;
    }

    /** Z was handed to the group, so it may be applied at any moment from now on. */
    boolean maySeal() {
        return step == Step.SEALING || step == Step.SEALED;
    }

    void start() {
        byte[] entry = new Entry.Propose(next.attempt(), next, voters).encode();
        limit(Step.PROPOSING, timing.fullLimitMs());
        host.submit(from, entry, outcome -> {
            if (step == Step.PROPOSING) {
                if (accepted(outcome)) {
                    add();
                } else {
                    fail("the proposal was not taken");
                }
            }
        });
    }

    private void add() {
        go(Step.ADDING);
        limit(Step.ADDING, Timing.ADD_LIMIT_MS);
        String preferred = voters.contains(env.self()) ? env.self() : null;
        for (String voter : voters) {
            env.send(voter, new Message.Add(next, voters, preferred).encode());
        }
    }

    void added(String voter, Message.Added message) {
        if (step != Step.ADDING || !message.id().equals(next) || !voters.contains(voter)) {
            return;
        }
        if (!message.ok()) {
            fail("node " + voter + " refused to vote");
            return;
        }
        answered.add(voter);
        if (answered.size() == voters.size()) {
            go(Step.FILLING);
            limit(Step.FILLING, timing.fullLimitMs());
            ask();
        }
    }

    private void ask() {
        if (step == Step.FILLING) {
            for (String voter : voters) {
                env.send(voter, new Message.Ask(next).encode());
            }
            env.schedule(Timing.ASK_MS, this::ask);
        }
    }

    void told(String voter, Message.Told message) {
        if (!message.id().equals(next) || !voters.contains(voter)) {
            return;
        }
        if (step == Step.FILLING && message.full()) {
            // Everybody must be there this moment: once sealed, a dead majority of the new voters stops the cluster.
            answered.clear();
            full = false;
            go(Step.PINGING);
            limit(Step.PINGING, Timing.PING_LIMIT_MS);
            for (String v : voters) {
                env.send(v, new Message.Ask(next).encode());
            }
        } else if (step == Step.PINGING && message.here()) {
            answered.add(voter);
            full |= message.full();
            if (full && answered.size() == voters.size()) {
                seal();
            }
        }
    }

    private void seal() {
        GroupHost.Status status = host.status(from);
        if (status == null || !status.leaderReady()) {
            fail("leads no more");
            return;
        }
        go(Step.SEALING);
        limit(Step.SEALING, timing.fullLimitMs());
        host.submit(from, new Entry.Seal(next).encode(), outcome -> {
            // Unknown: applied state will tell. Still open: the leader abandons it; sealed: everybody carries.
            if (step != Step.SEALING) {
                return;
            }
            if (accepted(outcome)) {
                go(Step.SEALED);
            } else {
                fail("the seal's outcome is not known");
            }
        });
    }

    private static boolean accepted(GroupHost.Outcome outcome) {
        return outcome.verdict() != null && outcome.verdict().applied();
    }

    private void limit(Step in, long limitMs) {
        deadlineMs = env.nowMs() + limitMs;
        long deadline = deadlineMs;
        env.schedule(limitMs, () -> {
            if (step == in && deadlineMs == deadline) {
                fail("not all answered in time");
            }
        });
    }

    private void fail(String why) {
        reason = "at " + step + ": " + why;
        go(Step.FAILED);
    }

    private void go(Step to) {
        step = to;
        moved.accept(this);
    }
}
