package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Rounds by which the leader makes sure that it leads: a majority of voters, each still in the leader's term and knowing
 * nothing newer, answered a round begun after the question. Those who ask while a round runs share the next one. Owner:
 * the control thread.
 *
 * <p>Note: a voter in term t has not voted in a later one, so no later leader was elected before the round began; and the
 * next generation cannot have begun, because its seal would be this leader's own entry or one it had applied.
 */
final class Confirmations {
    private final Environment env;
    private final GroupHost host;
    private final Generations generations;
    private final Timing timing;
    private List<Consumer<Boolean>> asking = new ArrayList<>();
    private List<Consumer<Boolean>> waiting = new ArrayList<>();
    private final Set<String> confirmed = new HashSet<>();
    private GroupId group;
    private long term;
    private long round;
    private long startedMs;
    /** The group whose seal this leader tried last. */
    private GroupId sealTried;

    Confirmations(Environment env, GroupHost host, Generations generations, Timing timing) {
        this.env = env;
        this.host = host;
        this.generations = generations;
        this.timing = timing;
    }

    void sealTried(GroupId next) {
        sealTried = next;
    }

    void ask(Consumer<Boolean> done) {
        asking.add(done);
        if (waiting.isEmpty()) {
            begin();
        }
    }

    /** Whether this node may say at all that it leads. */
    private boolean may() {
        Facts own = generations.own();
        return generations.leads() && (sealTried == null || !sealTried.equals(own.open()));
    }

    private void begin() {
        if (asking.isEmpty()) {
            return;
        }
        waiting = asking;
        asking = new ArrayList<>();
        if (!may()) {
            end(false);
            return;
        }
        group = generations.group();
        term = host.status(group).term();
        round++;
        startedMs = env.nowMs();
        confirmed.clear();
        confirmed.add(env.self());
        if (enough()) {
            end(true);
            return;
        }
        for (String voter : generations.voters()) {
            if (!voter.equals(env.self())) {
                env.send(voter, new Message.Confirm(group, term, round).encode());
            }
        }
    }

    private boolean enough() {
        return confirmed.size() > generations.voters().size() / 2;
    }

    /** A leader asks this voter. */
    void confirm(String from, Message.Confirm message) {
        if (!message.id().equals(generations.group())) {
            return;
        }
        GroupHost.Status status = host.status(message.id());
        Facts facts = host.facts(message.id());
        if (status != null && facts != null && status.term() == message.term() && facts.sealed() == null) {
            env.send(from, new Message.Confirmed(message.id(), message.term(), message.round()).encode());
        }
    }

    void confirmed(String from, Message.Confirmed message) {
        if (waiting.isEmpty() || message.round() != round || !message.id().equals(group) || message.term() != term) {
            return;
        }
        if (generations.voters().contains(from)) {
            confirmed.add(from);
        }
        if (enough()) {
            GroupHost.Status status = host.status(group);
            end(may() && group.equals(generations.group()) && status != null && status.term() == term);
        }
    }

    void poll() {
        if (!waiting.isEmpty() && env.nowMs() - startedMs > timing.electionMaxMs()) {
            end(false);
        }
    }

    private void end(boolean leads) {
        List<Consumer<Boolean>> done = waiting;
        waiting = new ArrayList<>();
        done.forEach(d -> d.accept(leads));
        begin();
    }
}
