package io.kdb.cluster.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The record stream: committed operations reach this node's view from its own group and from the voter that feeds it,
 * whichever is first, and this node pushes them to those it feeds. Records are numbered from the cluster's birth, through
 * all generations, so taking one twice is harmless and a gap is seen. Owner: the control thread.
 */
final class Feed {
    /** Operations kept for those who lag a little; whoever lags more gets an image. */
    static final int MAX_KEPT = 2048;

    static final int MAX_KEPT_BYTES = 2 << 20;
    /** Operations sent in one message. */
    static final int MAX_SENT_BYTES = 256 << 10;

    private static final class Follower {
        long sent;
        long acked;
        long ackedMs;
        long heardMs;
    }

    private record Waiter(long index, Runnable task) {}

    private final Environment env;
    private final GroupHost host;
    private final Generations generations;
    private final ArrayDeque<byte[]> kept = new ArrayDeque<>();
    private long keptBytes;
    /** Last operation handed to the view; -1 before the first image. */
    private volatile long fed = -1;

    private final Map<String, Follower> followers = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private String feeder;
    private long feederSinceMs;
    private long behindSinceMs = -1;

    Feed(Environment env, GroupHost host, Generations generations) {
        this.env = env;
        this.host = host;
        this.generations = generations;
    }

    long index() {
        return fed;
    }

    String feeder() {
        return feeder;
    }

    /** Forgets the view's place: the next thing taken is an image. */
    void reset() {
        fed = -1;
        kept.clear();
        keptBytes = 0;
        followers.clear();
        feeder = null;
        behindSinceMs = -1;
    }

    /** Brings the view up to the own group in force, from its records or by an image. */
    void local(GroupId id, Applied applied) {
        if (!id.equals(generations.group())) {
            return;
        }
        if (applied != null && fed >= 0 && !applied.ops().isEmpty()) {
            records(id.generation(), applied.verdict().firstIndex(), applied.ops());
        }
        Facts facts = host.facts(id);
        if (facts != null && facts.inForce() && facts.index() > fed && (applied == null || gap(applied))) {
            image(host.image(id));
        }
    }

    private boolean gap(Applied applied) {
        return fed < applied.facts().index();
    }

    /** Takes operations that follow each other; those already taken are skipped, and a gap leaves all as it is. */
    void records(long generation, long firstIndex, List<byte[]> ops) {
        if (fed < 0 || firstIndex > fed + 1) {
            return;
        }
        for (int i = (int) Math.min(ops.size(), fed + 1 - firstIndex); i < ops.size(); i++) {
            long index = fed + 1;
            fed = index;
            byte[] op = ops.get(i);
            kept.addLast(op);
            keptBytes += op.length;
            env.deliver(generation, index, op);
        }
        while (kept.size() > MAX_KEPT || keptBytes > MAX_KEPT_BYTES) {
            keptBytes -= kept.removeFirst().length;
        }
        progressed();
    }

    void image(Image image) {
        if (image.index() <= fed) {
            return;
        }
        fed = image.index();
        kept.clear();
        keptBytes = 0;
        env.deliver(image);
        progressed();
    }

    private void progressed() {
        for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
            Waiter waiter = i.next();
            if (waiter.index <= fed) {
                i.remove();
                env.afterDelivered(waiter.task);
            }
        }
        for (Map.Entry<String, Follower> follower : followers.entrySet()) {
            push(follower.getKey(), follower.getValue());
        }
    }

    /** Runs a task once the view has applied an index. */
    void when(long index, Runnable task) {
        if (fed >= index) {
            env.afterDelivered(task);
        } else {
            waiters.add(new Waiter(index, task));
        }
    }

    /** A node's hello: is it fed by this one, and how far is it? */
    void hello(String from, Message.Hello hello) {
        if (!env.self().equals(hello.feeder())) {
            followers.remove(from);
            return;
        }
        long nowMs = env.nowMs();
        Follower follower = followers.get(from);
        if (follower == null) {
            follower = new Follower();
            follower.sent = hello.viewIndex();
            follower.acked = hello.viewIndex();
            follower.ackedMs = nowMs;
            followers.put(from, follower);
        }
        follower.heardMs = nowMs;
        if (hello.viewIndex() > follower.acked) {
            follower.acked = hello.viewIndex();
            follower.ackedMs = nowMs;
            follower.sent = Math.max(follower.sent, follower.acked);
        } else if (hello.viewIndex() == follower.sent) {
            follower.ackedMs = nowMs;
        } else if (hello.viewIndex() < follower.acked || nowMs - follower.ackedMs >= Timing.RESEND_MS) {
            // It was restarted, or what was sent is lost.
            follower.sent = hello.viewIndex();
            follower.acked = hello.viewIndex();
            follower.ackedMs = nowMs;
        }
        push(from, follower);
    }

    private void push(String to, Follower follower) {
        if (env.nowMs() - follower.heardMs > Timing.FOLLOWER_FORGOTTEN_MS) {
            return;
        }
        long oldestKept = fed - kept.size() + 1;
        if (follower.sent < fed && (follower.sent < 0 || follower.sent + 1 < oldestKept)) {
            if (generations.own() == null) {
                return;
            }
            Image image = host.image(generations.group());
            if (image.index() + 1 < oldestKept) {
                // The own group, just restarted, is behind what this node was fed itself.
                return;
            }
            env.send(to, new Message.Whole(image).encode());
            follower.sent = image.index();
        }
        while (follower.sent < fed) {
            List<byte[]> ops = slice(follower.sent + 1);
            env.send(to, new Message.Records(generations.group().generation(), follower.sent + 1, ops).encode());
            follower.sent += ops.size();
        }
    }

    private List<byte[]> slice(long from) {
        List<byte[]> ops = new ArrayList<>();
        long index = fed - kept.size();
        int bytes = 0;
        for (byte[] op : kept) {
            index++;
            if (index >= from && (ops.isEmpty() || bytes + op.length <= MAX_SENT_BYTES)) {
                ops.add(op);
                bytes += op.length;
            } else if (index >= from) {
                break;
            }
        }
        return ops;
    }

    /**
     * Chooses who feeds this node: the leader for a voter, some live voter for an observer, another one when it is
     * silent or when the view stays behind.
     */
    void poll(Peers peers) {
        long nowMs = env.nowMs();
        followers.values().removeIf(f -> nowMs - f.heardMs > Timing.FOLLOWER_FORGOTTEN_MS);
        List<String> voters = generations.voters();
        if (voters.contains(env.self())) {
            String leader = generations.leader();
            feeder = env.self().equals(leader) ? null : leader;
            return;
        }
        long ahead = -1;
        for (Peers.Heard heard : peers.all().values()) {
            Facts own = heard.hello().own();
            if (own != null && own.id().equals(generations.group())) {
                ahead = Math.max(ahead, own.index());
            }
        }
        if (ahead <= fed) {
            behindSinceMs = -1;
        } else if (behindSinceMs < 0) {
            behindSinceMs = nowMs;
        }
        boolean behind = behindSinceMs >= 0 && nowMs - behindSinceMs > 2 * Timing.RESEND_MS + Timing.HELLO_MS;
        boolean bad = feeder == null
                || !voters.contains(feeder)
                || peers.silenceMs(feeder, feederSinceMs, nowMs) > Timing.freshMs()
                || (behind && nowMs - feederSinceMs > 4 * Timing.RESEND_MS);
        if (bad && !voters.isEmpty()) {
            int start = env.random(voters.size());
            feeder = voters.get(start);
            for (int i = 0; i < voters.size(); i++) {
                String voter = voters.get((start + i) % voters.size());
                Peers.Heard heard = peers.get(voter);
                if (heard != null
                        && nowMs - heard.heardMs() <= Timing.freshMs()
                        && heard.hello().own() != null
                        && heard.hello().own().id().equals(generations.group())) {
                    feeder = voter;
                    break;
                }
            }
            feederSinceMs = nowMs;
        }
    }
}
