package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.List;

/**
 * Which generation is in force, as far as this node knows, and what follows from that: the durable note, the removal of
 * older groups (rule R1) and of dead proposals (rule R2). Owner: the control thread.
 */
final class Generations {
    private final Environment env;
    private final GroupHost host;
    // Read by other threads too.
    private volatile Note best;
    private volatile String leader;
    private long leaderTerm = -1;

    Generations(Environment env, GroupHost host, Note best) {
        this.env = env;
        this.host = host;
        this.best = best;
    }

    Note best() {
        return best;
    }

    GroupId group() {
        return best.group();
    }

    List<String> voters() {
        return best.voters();
    }

    String leader() {
        return leader;
    }

    long leaderTerm() {
        return leaderTerm;
    }

    /** Replaces the cluster this node belongs to; the note was written by the caller. */
    void move(Note note) {
        best = note;
        leader = null;
        leaderTerm = -1;
    }

    /** Takes in that a group is in force, said by a node that applied its F, or relayed. True when that was news. */
    boolean hear(GroupId group, List<String> voters) {
        if (group.generation() <= best.group().generation() || foreign(group)) {
            return false;
        }
        Note note = new Note(best.clusterId(), group, voters);
        env.write(note);
        best = note;
        leader = null;
        leaderTerm = -1;
        dropOld();
        return true;
    }

    void hearLeader(GroupId group, String id, long term) {
        if (id != null && group.equals(best.group()) && term >= leaderTerm) {
            leader = id;
            leaderTerm = term;
        }
    }

    void leaderSilent(String id) {
        if (id.equals(leader)) {
            leader = null;
        }
    }

    /** R1: whatever is older than the generation in force, or rivals it, is removed. */
    void dropOld() {
        for (GroupId own : List.copyOf(host.groups())) {
            int generation = own.generation();
            boolean rival = generation == best.group().generation() && !own.equals(best.group());
            if (generation < best.group().generation() || rival || foreign(own)) {
                host.remove(own);
            }
        }
    }

    /** Whether a group is another cluster's: generations of different clusters are never compared. */
    private boolean foreign(GroupId group) {
        return group.cluster() != best.group().cluster();
    }

    /** R2: removes own groups that can never come into force, by what a member of the generation before says of it. */
    void dropDead(Facts said) {
        if (said == null || !said.inForce()) {
            return;
        }
        for (GroupId own : List.copyOf(host.groups())) {
            Facts facts = host.facts(own);
            boolean waiting = facts != null
                    && !facts.inForce()
                    && own.generation() == said.id().generation() + 1;
            if (waiting && dead(own, said)) {
                host.remove(own);
            }
        }
    }

    /** Whether a proposal can no longer be sealed, by a monotone fact of the generation before it. */
    static boolean dead(GroupId proposal, Facts said) {
        if (proposal.equals(said.open()) || proposal.equals(said.sealed())) {
            return false;
        }
        return said.attempt() >= proposal.attempt() || said.sealed() != null;
    }

    /** Whether this node may still take part in a proposed group. */
    boolean mayAdd(GroupId group) {
        return group.generation() > best.group().generation()
                && !foreign(group)
                && !host.groups().contains(group);
    }

    /** The own group that is in force, by its own applied state; null on an observer. */
    Facts own() {
        Facts facts = host.facts(best.group());
        return facts != null && facts.inForce() ? facts : null;
    }

    /** This node's groups that are sealed and whose successor is not known to be in force. */
    List<Facts> toCarry() {
        List<Facts> sealed = new ArrayList<>();
        for (GroupId own : host.groups()) {
            Facts facts = host.facts(own);
            if (facts != null
                    && facts.sealed() != null
                    && !foreign(own)
                    && facts.sealed().generation() > best.group().generation()) {
                sealed.add(facts);
            }
        }
        return sealed;
    }

    /** Whether this node leads the generation in force and may decide: ready, not sealed, nothing newer heard of. */
    boolean leads() {
        Facts own = own();
        if (own == null || own.sealed() != null) {
            return false;
        }
        GroupHost.Status status = host.status(own.id());
        return status != null && status.leaderReady();
    }
}
