package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One member of one simulated Raft group: elections, log replication, commit by a majority in the leader's own term,
 * recovery from disk (the Raft paper's figure 2, without snapshots). A member that restarts before it has stored anything
 * keeps silent until a leader appends to it, as the real engine's does. Owner: the test.
 */
final class SimRaft {
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record LogEntry(long term, byte[] bytes) {}

    /** What survives a crash. */
    static final class Disk {
        final List<String> voters;
        final String preferred;
        long term;
        String votedFor;
        final List<LogEntry> log = new ArrayList<>();

        Disk(List<String> voters, String preferred) {
            this.voters = List.copyOf(voters);
            this.preferred = preferred;
        }
    }

    private enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER
    }

    private record Waiting(long term, Consumer<GroupHost.Outcome> done) {}

    private static final long HEARTBEAT_MS = 75;

    private final SimNode node;
    private final SimHost host;
    private final GroupId id;
    private final Disk disk;
    private final GroupState state;
    private final boolean dormantUntilAppended;
    private boolean removed;
    private Role role = Role.FOLLOWER;
    private String leader;
    private int commit;
    private int applied;
    private int readyAt = Integer.MAX_VALUE;
    private long electionAtMs;
    private final Set<String> votes = new HashSet<>();
    private final Map<String, Integer> match = new HashMap<>();
    private final Map<String, Long> answeredMs = new HashMap<>();
    private final Map<Integer, Waiting> waiting = new HashMap<>();

    SimRaft(SimHost host, SimNode node, GroupId id, Disk disk, boolean restarted) {
        this.host = host;
        this.node = node;
        this.id = id;
        this.disk = disk;
        this.state = new GroupState(id, new Ledger());
        this.dormantUntilAppended = restarted && id.generation() > 1;
        delayElection(true);
        node.schedule(10, this::tick);
    }

    GroupState state() {
        return state;
    }

    List<String> voters() {
        return disk.voters;
    }

    void remove() {
        removed = true;
        failWaiting();
    }

    private boolean dormant() {
        return dormantUntilAppended && disk.log.isEmpty();
    }

    GroupHost.Status status() {
        return new GroupHost.Status(ready(), leader, disk.term);
    }

    boolean full() {
        boolean full = ready();
        for (String voter : disk.voters) {
            full &= voter.equals(node.self()) || match.getOrDefault(voter, 0) > 0;
        }
        return full;
    }

    private boolean ready() {
        return role == Role.LEADER && applied >= readyAt;
    }

    void submit(byte[] entry, Consumer<GroupHost.Outcome> done) {
        if (role != Role.LEADER || removed) {
            node.schedule(0, () -> done.accept(GroupHost.Outcome.UNKNOWN));
            return;
        }
        disk.log.add(new LogEntry(disk.term, entry));
        waiting.put(disk.log.size(), new Waiting(disk.term, done));
        replicate();
        advance();
    }

    private void tick() {
        if (removed) {
            return;
        }
        if (role == Role.LEADER) {
            long reached = disk.voters.stream()
                    .filter(v -> v.equals(node.self())
                            || node.nowMs() - answeredMs.getOrDefault(v, 0L)
                                    < node.world().timing.electionMaxMs())
                    .count();
            if (reached * 2 <= disk.voters.size()) {
                follow(disk.term, null);
            } else {
                replicate();
            }
        } else if (!dormant() && node.nowMs() >= electionAtMs) {
            elect();
        }
        node.schedule(role == Role.LEADER ? HEARTBEAT_MS : 20, this::tick);
    }

    private void delayElection(boolean first) {
        Timing timing = node.world().timing;
        long min = first ? (node.self().equals(disk.preferred) ? 20 : 150) : timing.electionMinMs();
        long max = first ? 300 : timing.electionMaxMs();
        electionAtMs = node.nowMs() + min + node.random((int) (max - min));
    }

    private int lastIndex() {
        return disk.log.size();
    }

    private long termAt(int index) {
        return index == 0 ? 0 : disk.log.get(index - 1).term;
    }

    private void elect() {
        role = Role.CANDIDATE;
        leader = null;
        disk.term++;
        disk.votedFor = node.self();
        votes.clear();
        votes.add(node.self());
        delayElection(false);
        long term = disk.term;
        int last = lastIndex();
        long lastTerm = termAt(last);
        for (String voter : others()) {
            host.toMember(voter, id, member -> member.voteAsked(node.self(), term, last, lastTerm));
        }
        countVotes();
    }

    private List<String> others() {
        return disk.voters.stream().filter(v -> !v.equals(node.self())).toList();
    }

    private void voteAsked(String candidate, long term, int last, long lastTerm) {
        if (removed || dormant()) {
            return;
        }
        if (term > disk.term) {
            follow(term, null);
        }
        boolean newer = lastTerm > termAt(lastIndex()) || (lastTerm == termAt(lastIndex()) && last >= lastIndex());
        if (term == disk.term && newer && (disk.votedFor == null || disk.votedFor.equals(candidate))) {
            disk.votedFor = candidate;
            delayElection(false);
            host.toMember(candidate, id, member -> member.voteGiven(node.self(), term));
        } else if (term < disk.term) {
            long mine = disk.term;
            host.toMember(candidate, id, member -> member.termSeen(mine));
        }
    }

    private void termSeen(long term) {
        if (term > disk.term) {
            follow(term, null);
        }
    }

    private void voteGiven(String voter, long term) {
        if (role == Role.CANDIDATE && term == disk.term) {
            votes.add(voter);
            countVotes();
        }
    }

    private void countVotes() {
        if (role == Role.CANDIDATE && votes.size() * 2 > disk.voters.size()) {
            role = Role.LEADER;
            leader = node.self();
            match.clear();
            answeredMs.clear();
            others().forEach(v -> answeredMs.put(v, node.nowMs()));
            disk.log.add(new LogEntry(disk.term, null));
            readyAt = lastIndex();
            replicate();
            advance();
        }
    }

    private void follow(long term, String newLeader) {
        if (term > disk.term) {
            disk.term = term;
            disk.votedFor = null;
        }
        role = Role.FOLLOWER;
        leader = newLeader;
        readyAt = Integer.MAX_VALUE;
        delayElection(false);
        failWaiting();
    }

    private void failWaiting() {
        List<Waiting> failed = new ArrayList<>(waiting.values());
        waiting.clear();
        failed.forEach(w -> node.schedule(0, () -> w.done.accept(GroupHost.Outcome.UNKNOWN)));
    }

    private void replicate() {
        for (String voter : others()) {
            int from = match.getOrDefault(voter, 0);
            List<LogEntry> entries = List.copyOf(disk.log.subList(from, disk.log.size()));
            long term = disk.term;
            long previousTerm = termAt(from);
            int committed = commit;
            host.toMember(
                    voter, id, member -> member.appended(node.self(), term, from, previousTerm, entries, committed));
        }
    }

    private void appended(
            String from, long term, int previous, long previousTerm, List<LogEntry> entries, int committed) {
        if (removed) {
            return;
        }
        if (term < disk.term) {
            long mine = disk.term;
            host.toMember(from, id, member -> member.termSeen(mine));
            return;
        }
        if (role != Role.FOLLOWER || term > disk.term) {
            follow(term, from);
        }
        leader = from;
        delayElection(false);
        if (previous > lastIndex() || termAt(previous) != previousTerm) {
            // The leader begins from what this member is known to have: that is always there.
            return;
        }
        for (int i = 0; i < entries.size(); i++) {
            int index = previous + 1 + i;
            if (index <= lastIndex() && termAt(index) != entries.get(i).term) {
                if (index <= commit) {
                    throw new AssertionError("a committed entry would be overwritten");
                }
                disk.log.subList(index - 1, disk.log.size()).clear();
            }
            if (index > lastIndex()) {
                disk.log.add(entries.get(i));
            }
        }
        int matched = previous + entries.size();
        commit = Math.max(commit, Math.min(committed, matched));
        applyCommitted();
        host.toMember(from, id, member -> member.stored(node.self(), term, matched));
    }

    private void stored(String voter, long term, int matched) {
        if (role == Role.LEADER && term == disk.term) {
            answeredMs.put(voter, node.nowMs());
            if (matched > match.getOrDefault(voter, 0)) {
                match.put(voter, matched);
            }
            advance();
        }
    }

    private void advance() {
        for (int index = lastIndex(); index > commit; index--) {
            int at = index;
            long holders = disk.voters.stream()
                    .filter(v -> v.equals(node.self()) || match.getOrDefault(v, 0) >= at)
                    .count();
            if (holders * 2 > disk.voters.size() && termAt(index) == disk.term) {
                commit = index;
                break;
            }
        }
        applyCommitted();
    }

    private void applyCommitted() {
        boolean moved = false;
        while (applied < commit) {
            LogEntry entry = disk.log.get(applied);
            applied++;
            moved = true;
            if (entry.bytes == null) {
                continue;
            }
            Applied result = state.apply(entry.bytes);
            for (int i = 0; i < result.ops().size(); i++) {
                node.world()
                        .witness(
                                id,
                                result.verdict().firstIndex() + i,
                                new String(result.ops().get(i), java.nio.charset.StandardCharsets.UTF_8));
            }
            node.schedule(0, () -> host.applied(id, this, result));
            Waiting waiter = waiting.remove(applied);
            if (waiter != null) {
                boolean same = waiter.term == entry.term;
                GroupHost.Outcome outcome = same ? new GroupHost.Outcome(result.verdict()) : GroupHost.Outcome.UNKNOWN;
                node.schedule(0, () -> waiter.done.accept(outcome));
            }
        }
        if (moved && role == Role.LEADER && disk.voters.size() > 1) {
            // Followers learn of a commit at once, as with the engine's log metadata.
            replicate();
        }
    }
}
