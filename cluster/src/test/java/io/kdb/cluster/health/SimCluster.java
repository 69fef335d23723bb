package io.kdb.cluster.health;

import static io.kdb.cluster.topology.TestNodes.CLUSTER;
import static io.kdb.cluster.topology.TestNodes.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterRecord;
import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.Found;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterState;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.cluster.topology.TestNodes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A cluster of simulated processes over a network that delays and cuts, with consensus reduced to one log: an entry is
 * committed when its proposer leads the newest term and reaches a majority of voters; voters confirm a round unless they
 * have promised a newer term. After every step it is checked that no slot has two nodes that would serve it.
 */
final class SimCluster {
    static final int STEP_MS = 10;
    static final long NODE_TIMEOUT_MS = 2_000;

    /** A message under way. */
    private record Message(long atMs, long number, SimNode to, long toIncarnation, Runnable effect) {}

    final HealthPolicy policy = new HealthPolicy(NODE_TIMEOUT_MS, 10, 1_000);
    final Random random;
    final List<SimNode> nodes = new ArrayList<>();
    final List<SimNode> voters = new ArrayList<>();
    final List<byte[]> log = new ArrayList<>();
    final ClusterState committed = new ClusterState();
    final boolean[][] cut;
    final long[] inTouchSinceMs;
    final int shards;
    final List<ClusterRecord> decided = new ArrayList<>();
    long nowMs;
    long term;
    SimNode leader;
    long leaderLostMs;
    private final PriorityQueue<Message> messages =
            new PriorityQueue<>(Comparator.comparingLong(Message::atMs).thenComparingLong(Message::number));
    private long numbers;

    SimCluster(int shards, int replicas, Random random) {
        this.random = random;
        this.shards = shards;
        int count = shards * (1 + replicas);
        cut = new boolean[count + 1][count + 1];
        inTouchSinceMs = new long[count + 1];
        for (int n = 1; n <= count; n++) {
            nodes.add(new SimNode(n, n <= 3, policy, random));
            commit(n == 1 ? new Found(CLUSTER, TestNodes.joiner(1), 0) : TestNodes.meet(TestNodes.joiner(n)));
        }
        voters.addAll(nodes.subList(0, 3));
        // primaries are the last ones, so that voters are of both kinds
        for (int shard = 0; shard < shards; shard++) {
            int primary = count - shard;
            commit(new AddSlots(id(primary), slots(shard), false));
            for (int r = 0; r < replicas; r++) {
                commit(new Replicate(id(1 + shard * replicas + r), id(primary)));
            }
        }
        for (SimNode node : nodes) {
            node.apply(log, log.size());
            node.dataOf = node.view.myself().shardId();
            node.replId = "shard-" + node.dataOf;
        }
        elect(voters.get(random.nextInt(3)));
    }

    SlotSet slots(int shard) {
        int each = Slot.COUNT / shards;
        return SlotSet.range(shard * each, shard == shards - 1 ? Slot.COUNT - 1 : (shard + 1) * each - 1);
    }

    int slotOf(int shard) {
        return shard * (Slot.COUNT / shards);
    }

    ClusterView view() {
        return committed.view(null);
    }

    SimNode node(String id) {
        return nodes.get(Integer.parseInt(id.substring(32), 16) - 1);
    }

    void run(long forMs) {
        for (long end = nowMs + forMs; nowMs < end; ) {
            step();
        }
    }

    void step() {
        nowMs += STEP_MS;
        for (SimNode node : nodes) {
            node.wallMs += STEP_MS * node.rate;
            if (node.condition != SimNode.Condition.SUSPENDED) {
                node.monoNanos += STEP_MS * node.rate * SimNode.MS;
            }
        }
        deliver();
        keepLeader();
        for (SimNode node : nodes) {
            if (node.runs()) {
                act(node);
            }
        }
        assertOneServer();
    }

    private void act(SimNode node) {
        node.drainInbox().forEach(Runnable::run);
        boolean source = node == leader || connected(node, leader);
        if (source && random.nextInt(3) > 0) {
            node.apply(log, log.size());
        }
        LeaseRequest request = node.holder.due(node.view, node.nanos(), (long) node.wallMs);
        if (request != null) {
            for (SimNode voter : voters) {
                send(node, voter, () -> {
                    if (voter.leadsTerm > 0) {
                        voter.granter.arrived(request, voter.ms());
                    }
                });
            }
        }
        if (node.monoNanos >= node.nextBeatNanos) {
            node.nextBeatNanos = node.monoNanos + policy.heartbeatMs() * SimNode.MS;
            Heartbeat beat = node.heartbeat();
            for (SimNode voter : voters) {
                send(node, voter, () -> voter.table.heard(beat, voter.ms()));
            }
            if (node.voter) {
                node.table.tick(node.view, node.ms());
                control(node);
            }
        }
        if (node.voter && node.leadsTerm > 0) {
            confirm(node);
        }
        serve(node);
    }

    private void control(SimNode node) {
        if (node.leadsTerm > 0 && node.leadsTerm < term && random.nextInt(4) == 0 && connected(node, leader)) {
            node.leadsTerm = 0;
            node.granter.lostLeadership();
            node.controller.lostLeadership();
        }
        if (node.leadsTerm == 0) {
            return;
        }
        long asTerm = node.leadsTerm;
        for (Decision decision : node.controller.tick(node.view, node.ms())) {
            int fate = random.nextInt(30);
            boolean dropped = fate == 0;
            boolean late = fate == 1;
            send(node, node, 5 + random.nextInt(20), () -> {
                if (node.leadsTerm != asTerm) {
                    return;
                }
                if (dropped || late || !submit(node, decision.record())) {
                    node.controller.done(decision, Decision.Outcome.UNKNOWN);
                } else {
                    node.controller.done(decision, Decision.Outcome.APPLIED);
                }
            });
            if (late) {
                send(node, node, 300 + random.nextInt(1_500), () -> submit(node, decision.record()));
            }
        }
    }

    private boolean submit(SimNode node, ClusterRecord record) {
        if (node.leadsTerm != term || !reachesMajority(node)) {
            return false;
        }
        assertRightData(node, record);
        commit(record);
        node.apply(log, log.size());
        return true;
    }

    private void commit(ClusterRecord record) {
        log.add(record.encode());
        if (committed.apply(record).accepted()) {
            decided.add(record);
        }
    }

    private void confirm(SimNode node) {
        long round = node.granter.beginRound();
        if (round == 0) {
            return;
        }
        node.round = round;
        node.roundTerm = node.leadsTerm;
        node.roundYes = 0;
        long asTerm = node.leadsTerm;
        for (SimNode voter : voters) {
            send(node, voter, () -> {
                if (voter.promisedTerm <= asTerm) {
                    voter.promisedTerm = asTerm;
                    send(voter, node, () -> {
                        if (node.round == round && node.leadsTerm == asTerm && ++node.roundYes == 2) {
                            for (LeaseGrant grant : node.granter.confirmed(round, node.view)) {
                                SimNode to = node(grant.id());
                                send(node, to, () -> to.lease = to.holder.granted(grant, to.view));
                            }
                        }
                    });
                }
            });
        }
        send(node, node, 200, () -> node.granter.roundFailed(round));
    }

    /** Writes, or copies what the primary has. */
    private void serve(SimNode node) {
        ClusterNode me = node.view.myself();
        if (me == null) {
            return;
        }
        if (me.isReplica()) {
            SimNode primary = node(me.primaryId());
            node.follow(primary, connected(node, primary));
            return;
        }
        for (int shard = 0; shard < shards; shard++) {
            if (node.serves(slotOf(shard))) {
                node.offset++;
                node.dataOf = me.shardId();
                if (node.replId.isEmpty()) {
                    node.replId = node.id.substring(30) + "+" + node.incarnation;
                }
            }
        }
        if (random.nextInt(300) == 0) {
            node.saveToDisk(false);
        }
    }

    private void deliver() {
        while (!messages.isEmpty() && messages.peek().atMs() <= nowMs) {
            Message message = messages.poll();
            SimNode to = message.to();
            if (to.condition == SimNode.Condition.DOWN || to.incarnation != message.toIncarnation()) {
                continue;
            }
            if (to.runs()) {
                message.effect().run();
            } else {
                to.inbox.add(message.effect());
            }
        }
    }

    private void send(SimNode from, SimNode to, Runnable effect) {
        send(from, to, from == to ? 0 : 1 + random.nextInt(30), effect);
    }

    private void send(SimNode from, SimNode to, int delayMs, Runnable effect) {
        if (!cut[from.n][to.n]) {
            messages.add(new Message(nowMs + delayMs, numbers++, to, to.incarnation, effect));
        }
    }

    boolean connected(SimNode one, SimNode other) {
        return one.runs() && other.runs() && !cut[one.n][other.n] && !cut[other.n][one.n];
    }

    boolean reachesMajority(SimNode node) {
        return voters.stream().filter(voter -> connected(node, voter)).count() >= 2;
    }

    private void keepLeader() {
        for (SimNode node : nodes) {
            if (!connected(node, leader)) {
                inTouchSinceMs[node.n] = nowMs;
            }
        }
        if (leader.leadsTerm == term && reachesMajority(leader)) {
            leaderLostMs = nowMs;
        } else if (nowMs - leaderLostMs > 300 + random.nextInt(300)) {
            List<SimNode> able = voters.stream().filter(this::reachesMajority).toList();
            if (!able.isEmpty()) {
                elect(able.get(random.nextInt(able.size())));
            }
        }
    }

    void elect(SimNode node) {
        term++;
        leader = node;
        leaderLostMs = nowMs;
        for (SimNode voter : voters) {
            if (connected(node, voter)) {
                voter.promisedTerm = term;
            }
        }
        node.apply(log, log.size());
        node.leadsTerm = term;
        node.granter.becameLeader(node.ms());
        node.controller.becameLeader();
        for (SimNode each : nodes) {
            inTouchSinceMs[each.n] = nowMs;
        }
    }

    private void assertOneServer() {
        for (int shard = 0; shard < shards; shard++) {
            SimNode serving = null;
            for (SimNode node : nodes) {
                if (node.serves(slotOf(shard))) {
                    SimNode other = serving;
                    assertEquals(
                            null, other, () -> "at " + nowMs + " ms slots are served by " + node.n + " and " + other.n);
                    serving = node;
                }
            }
        }
    }

    /** An empty node must not get slots to serve while one with their data is up and in touch with the leader. */
    private void assertRightData(SimNode by, ClusterRecord record) {
        ClusterView before = view();
        if (record instanceof Failover failover && failover.cause() == Cause.AUTOMATIC) {
            SimNode next = node(failover.newPrimary());
            ClusterNode member = before.node(next.id);
            if (member != null && next.incarnation == member.incarnation() && member.isReplica()) {
                assertEquals(member.shardId(), next.dataOf, () -> "promoted at " + nowMs + " ms: " + failover);
            }
        }
        if (record instanceof AcceptIncarnation accepted) {
            SimNode node = node(accepted.id());
            ClusterNode member = before.node(node.id);
            boolean empty = member.isPrimary()
                    && before.slotCount(node.id) > 0
                    && node.incarnation == accepted.incarnation()
                    && !node.dataOf.equals(member.shardId());
            for (ClusterNode replica : before.replicasOf(node.id)) {
                SimNode copy = node(replica.id());
                boolean full = by == leader
                        && copy.runs()
                        && copy.incarnation == replica.incarnation()
                        && copy.dataOf.equals(member.shardId())
                        && nowMs - inTouchSinceMs[copy.n] > 1_000;
                assertTrue(!empty || !full, () -> "accepted empty at " + nowMs + " ms: " + accepted);
            }
        }
    }

    /** How many shards are served. */
    int served() {
        int served = 0;
        for (int shard = 0; shard < shards; shard++) {
            int slot = slotOf(shard);
            served += nodes.stream().anyMatch(node -> node.serves(slot)) ? 1 : 0;
        }
        return served;
    }
}
