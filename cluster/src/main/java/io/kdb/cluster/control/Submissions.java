package io.kdb.cluster.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * Operations submitted on this node: taken to the leader one batch at a time under (node, incarnation, number), again
 * and again with any voter under the same number until an answer comes, so that each is applied once whatever is lost.
 * Owner: the control thread.
 */
final class Submissions {
    /** Operations that may wait on one node. */
    static final int MAX_WAITING = 10_000;
    /** Bytes of one batch; also the largest single operation. */
    static final int MAX_BATCH_BYTES = 512 << 10;

    static final int MAX_BATCH_OPS = 256;

    /** Gets the answer, or why there is none. */
    interface Done extends BiConsumer<byte[], ControlException> {}

    private static final class Op {
        final byte[] bytes;
        final long deadlineMs;
        /** Taken by whoever answers: the control thread or the view's. */
        private final AtomicReference<Done> done;

        Op(byte[] bytes, long deadlineMs, Done done) {
            this.bytes = bytes;
            this.deadlineMs = deadlineMs;
            this.done = new AtomicReference<>(done);
        }

        boolean awaited() {
            return done.get() != null;
        }

        void answer(byte[] answer) {
            Done d = done.getAndSet(null);
            if (d != null) {
                d.accept(answer, null);
            }
        }

        void fail(ControlException.Reason reason, String message) {
            Done d = done.getAndSet(null);
            if (d != null) {
                d.accept(null, new ControlException(reason, message));
            }
        }
    }

    private final Environment env;
    private final Generations generations;
    private final Feed feed;
    private final Timing timing;
    private final long incarnation;
    private final ArrayDeque<Op> waiting = new ArrayDeque<>();
    private List<Op> batch = List.of();
    /** Committed, but not yet in this node's view. */
    private final List<Op> unanswered = new ArrayList<>();

    private long seq;
    private long triedMs;
    private int tries;
    private String target;
    private boolean closed;

    Submissions(Environment env, Generations generations, Feed feed, Timing timing, long incarnation) {
        this.env = env;
        this.generations = generations;
        this.feed = feed;
        this.timing = timing;
        this.incarnation = incarnation;
    }

    void submit(byte[] op, long limitMs, Done done) {
        Op waiter = new Op(op, env.nowMs() + limitMs, done);
        if (closed) {
            waiter.fail(ControlException.Reason.CLOSED, "the control plane is closed");
        } else if (op.length > MAX_BATCH_BYTES) {
            waiter.fail(
                    ControlException.Reason.REFUSED,
                    "operation: " + op.length + " bytes (expected: at most " + MAX_BATCH_BYTES + ")");
        } else if (waiting.size() >= MAX_WAITING) {
            waiter.fail(ControlException.Reason.REFUSED, "waiting operations: " + MAX_WAITING + " (expected: fewer)");
        } else {
            waiting.add(waiter);
            next();
        }
    }

    private void next() {
        if (!batch.isEmpty() || waiting.isEmpty()) {
            return;
        }
        List<Op> ops = new ArrayList<>();
        int bytes = 0;
        while (!waiting.isEmpty() && ops.size() < MAX_BATCH_OPS) {
            Op op = waiting.peek();
            if (!ops.isEmpty() && bytes + op.bytes.length > MAX_BATCH_BYTES) {
                break;
            }
            bytes += op.bytes.length;
            ops.add(waiting.remove());
        }
        batch = ops;
        seq++;
        tries = 0;
        target = null;
        attempt();
    }

    private void attempt() {
        List<String> voters = generations.voters();
        if (tries > 0 && target != null) {
            generations.leaderSilent(target);
        }
        target = generations.leader();
        if (target == null && !voters.isEmpty()) {
            target = voters.get((tries + env.random(voters.size())) % voters.size());
        }
        send();
    }

    /** A node's answer to a try. */
    void answered(String from, Message.Submitted message) {
        if (message.incarnation() != incarnation || message.seq() != seq || batch.isEmpty()) {
            return;
        }
        Verdict verdict = message.verdict();
        if (verdict == null || verdict.status() == Verdict.Status.REFUSED) {
            if (from.equals(target)) {
                if (from.equals(message.leader())) {
                    // It leads but could not say: the same number again, a little later.
                    env.schedule(Timing.ASK_MS, () -> retry(message.seq(), tries));
                } else if (message.leader() == null) {
                    generations.leaderSilent(from);
                    env.schedule(Timing.TICK_MS, () -> retry(message.seq(), tries));
                } else if (tries % 3 != 0) {
                    attemptAt(message.leader());
                } else {
                    env.schedule(Timing.ASK_MS, () -> retry(message.seq(), tries));
                }
            }
            return;
        }
        List<Op> ops = batch;
        batch = List.of();
        if (verdict.status() == Verdict.Status.STALE || verdict.answers().size() != ops.size()) {
            // Its answer was pushed out of the table, or another process has this node's id.
            ops.forEach(op -> op.fail(ControlException.Reason.NO_QUORUM, "the answer was lost: outcome unknown"));
        } else {
            for (int i = 0; i < ops.size(); i++) {
                Op op = ops.get(i);
                byte[] answer = verdict.answers().get(i);
                feed.when(verdict.firstIndex() + i, () -> op.answer(answer));
                unanswered.add(op);
            }
        }
        next();
    }

    private void attemptAt(String leader) {
        target = leader;
        send();
    }

    private void send() {
        tries++;
        triedMs = env.nowMs();
        if (target != null) {
            List<byte[]> ops = batch.stream().map(op -> op.bytes).toList();
            env.send(target, new Message.Submit(incarnation, seq, ops).encode());
        }
    }

    private void retry(long number, int after) {
        if (number == seq && after == tries && !batch.isEmpty()) {
            attempt();
        }
    }

    /** Tries again what got no answer in time, and gives up what nobody waits for any more. */
    void poll() {
        long nowMs = env.nowMs();
        expire(waiting.iterator(), nowMs);
        expire(unanswered.iterator(), nowMs);
        if (batch.isEmpty()) {
            return;
        }
        boolean awaited = false;
        for (Op op : batch) {
            if (op.deadlineMs <= nowMs) {
                op.fail(ControlException.Reason.NO_QUORUM, noQuorum());
            }
            awaited |= op.awaited();
        }
        if (!awaited) {
            batch = List.of();
            next();
        } else if (nowMs - triedMs >= timing.tryMs()) {
            attempt();
        }
    }

    private void expire(Iterator<Op> ops, long nowMs) {
        while (ops.hasNext()) {
            Op op = ops.next();
            if (!op.awaited()) {
                ops.remove();
            } else if (op.deadlineMs <= nowMs) {
                op.fail(ControlException.Reason.NO_QUORUM, noQuorum());
                ops.remove();
            }
        }
    }

    private String noQuorum() {
        return "no quorum: no answer from the leader of generation "
                + generations.group().generation() + " (voters " + String.join(" ", generations.voters()) + ")";
    }

    /** A generation came into force: whatever is under way is tried there at once. */
    void generationChanged() {
        if (!batch.isEmpty()) {
            attempt();
        }
    }

    void close(String why) {
        closed = true;
        failAll(why);
    }

    /** Fails all that is under way. */
    void failAll(String why) {
        List<Op> all = new ArrayList<>(batch);
        all.addAll(waiting);
        all.addAll(unanswered);
        batch = List.of();
        waiting.clear();
        unanswered.clear();
        all.forEach(op -> op.fail(ControlException.Reason.CLOSED, why));
    }
}
