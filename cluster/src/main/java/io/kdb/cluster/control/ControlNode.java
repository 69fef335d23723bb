package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's part in the control protocol, without I/O: messages, ticks and applied entries come in, messages and
 * deliveries to the view go out. The same code runs on Ratis and TCP and in the simulation. Owner: the control thread.
 */
final class ControlNode implements GroupHost.Events {
    private static final Logger LOG = LoggerFactory.getLogger(ControlNode.class);
    /** Nodes other than voters that get each hello of a node that does not vote. */
    private static final int HELLO_OTHERS = 3;
    /** Groups remembered as added, so that none is added twice. */
    private static final int MAX_ADDED = 256;

    private final Environment env;
    private final GroupHost host;
    private final Generations generations;
    private final Peers peers = new Peers();
    private final Feed feed;
    private final Submissions submissions;
    private final Confirmations confirmations;
    private final Carrier carrier;
    private final Planner planner;
    private final long incarnation;
    /** The heartbeat's payload, or null while the node's I/O threads do not turn. */
    private final Supplier<byte[]> heartbeat;

    private final Set<GroupId> added = new LinkedHashSet<>();
    private Consumer<GenerationChange> changeObserver = c -> {};
    private long helloMs = Long.MIN_VALUE / 2;
    private int rotation;
    private volatile boolean leads;
    private GroupId leadsGroup;
    private volatile long leadsTerm;

    ControlNode(
            Environment env, GroupHost host, Note note, Timing timing, long incarnation, Supplier<byte[]> heartbeat) {
        this.env = env;
        this.host = host;
        this.incarnation = incarnation;
        this.heartbeat = heartbeat;
        generations = new Generations(env, host, note);
        feed = new Feed(env, host, generations);
        submissions = new Submissions(env, generations, feed, timing, incarnation);
        confirmations = new Confirmations(env, host, generations, timing);
        carrier = new Carrier(env, host, generations);
        planner = new Planner(env, host, generations, peers, timing, this::changeMoved);
    }

    Generations generations() {
        return generations;
    }

    Peers peers() {
        return peers;
    }

    Feed feed() {
        return feed;
    }

    Submissions submissions() {
        return submissions;
    }

    Confirmations confirmations() {
        return confirmations;
    }

    Planner planner() {
        return planner;
    }

    boolean leads() {
        return leads;
    }

    long leadsTerm() {
        return leadsTerm;
    }

    /** This node belongs to another cluster from now on; the note of it is on disk. */
    void move(Note note, String why) {
        submissions.failAll(why);
        generations.move(note);
        peers.clear();
        feed.reset();
        generations.dropOld();
        checkLeadership();
    }

    /** A live voter that could lead instead of this node; null when this one does not lead, or nobody could. */
    String successor() {
        if (!generations.leads()) {
            return null;
        }
        for (String voter : generations.voters()) {
            if (!voter.equals(env.self()) && peers.silenceMs(voter, 0, env.nowMs()) <= Timing.freshMs()) {
                return voter;
            }
        }
        return null;
    }

    /** Tests watch the steps of a change here. */
    void observeChanges(Consumer<GenerationChange> observer) {
        changeObserver = observer;
    }

    private void changeMoved(GenerationChange change) {
        if (change.step() == GenerationChange.Step.SEALING) {
            confirmations.sealTried(change.next());
            checkLeadership();
        }
        changeObserver.accept(change);
    }

    /** After the host recovered its groups: drops what is old and shows the view what is there. */
    void start() {
        for (GroupId id : List.copyOf(host.groups())) {
            Facts facts = host.facts(id);
            if (facts != null) {
                restored(id, facts);
            }
        }
        generations.dropOld();
    }

    @Override
    public void restored(GroupId id, Facts facts) {
        seen(id, facts);
        feed.local(id, null);
    }

    @Override
    public void applied(GroupId id, Applied applied) {
        seen(id, applied.facts());
        feed.local(id, applied);
    }

    private void seen(GroupId id, Facts facts) {
        if (facts.inForce() && generations.hear(id, host.voters(id))) {
            inForce();
        }
        if (facts.sealed() != null) {
            carrier.poll(planner.drives(facts.sealed()));
            checkLeadership();
        }
        generations.dropDead(facts);
    }

    private void inForce() {
        LOG.info("Generation {} is in force, voters {}", generations.group().generation(), generations.voters());
        checkLeadership();
        submissions.generationChanged();
        helloMs = Long.MIN_VALUE / 2;
        hello();
    }

    @Override
    public void leaderChanged(GroupId id) {
        if (id.equals(generations.group())) {
            checkLeadership();
            if (leads) {
                submissions.generationChanged();
            }
        }
    }

    private void checkLeadership() {
        GroupHost.Status status = host.status(generations.group());
        if (status != null) {
            generations.hearLeader(generations.group(), status.leaderId(), status.term());
        }
        boolean now = status != null
                && generations.leads()
                && !planner.drives(generations.own().open());
        long term = status == null ? 0 : status.term();
        boolean same = now == leads && (!now || (generations.group().equals(leadsGroup) && term == leadsTerm));
        if (same) {
            return;
        }
        if (leads) {
            leads = false;
            env.leadership(false, leadsGroup.generation(), leadsTerm);
        }
        if (now) {
            leads = true;
            leadsGroup = generations.group();
            leadsTerm = term;
            env.leadership(true, leadsGroup.generation(), leadsTerm);
        }
    }

    /** Every {@link Timing#TICK_MS}. */
    void tick() {
        checkLeadership();
        if (feed.index() < 0) {
            feed.local(generations.group(), null);
        }
        feed.poll(peers);
        submissions.poll();
        confirmations.poll();
        carrier.poll(false);
        planner.poll();
        hello();
    }

    private void hello() {
        if (env.nowMs() - helloMs < Timing.HELLO_MS - Timing.TICK_MS / 2) {
            return;
        }
        helloMs = env.nowMs();
        Set<String> targets = helloTargets();
        if (targets.isEmpty()) {
            return;
        }
        byte[] message = helloMessage();
        for (String to : targets) {
            env.send(to, message);
        }
    }

    private byte[] helloMessage() {
        byte[] payload = heartbeat.get();
        Facts own = null;
        for (GroupId id : host.groups()) {
            Facts facts = host.facts(id);
            if (facts != null
                    && facts.inForce()
                    && (own == null || id.generation() > own.id().generation())) {
                own = facts;
            }
        }
        return new Message.Hello(
                        own,
                        generations.group(),
                        generations.voters(),
                        generations.leader(),
                        generations.leaderTerm(),
                        feed.index(),
                        feed.feeder(),
                        incarnation,
                        payload != null,
                        payload)
                .encode();
    }

    private Set<String> helloTargets() {
        Set<String> targets = new LinkedHashSet<>(generations.voters());
        Set<String> others = new LinkedHashSet<>(env.peers());
        env.members().forEach(m -> others.add(m.id()));
        boolean voter = targets.contains(env.self());
        for (GroupId id : host.groups()) {
            targets.addAll(host.voters(id));
        }
        if (voter) {
            targets.addAll(others);
        } else {
            List<String> ring = new ArrayList<>(others);
            for (int i = 0; i < Math.min(HELLO_OTHERS, ring.size()); i++) {
                targets.add(ring.get(Math.floorMod(rotation++, ring.size())));
            }
        }
        targets.remove(env.self());
        return targets;
    }

    /** A message of another node, or of this one to itself. @throws WireException when it is none */
    void receive(String from, byte[] bytes) {
        Message message = Message.decode(bytes);
        if (message instanceof Message.Hello m) {
            hello(from, m);
        } else if (message instanceof Message.Add m) {
            add(from, m);
        } else if (message instanceof Message.Added m) {
            if (planner.change() != null) {
                planner.change().added(from, m);
            }
        } else if (message instanceof Message.Ask m) {
            GroupHost.Status status = host.status(m.id());
            boolean here = status != null;
            env.send(from, new Message.Told(m.id(), here, here && status.leaderReady(), host.full(m.id())).encode());
        } else if (message instanceof Message.Told m) {
            if (planner.change() != null) {
                planner.change().told(from, m);
            }
            carrier.told(from, m);
        } else if (message instanceof Message.Carry m) {
            carrier.carry(from, m);
        } else if (message instanceof Message.Submit m) {
            submit(from, m);
        } else if (message instanceof Message.Submitted m) {
            if (m.best() != null && generations.hear(m.best(), m.bestVoters())) {
                inForce();
            }
            submissions.answered(from, m);
        } else if (message instanceof Message.Records m) {
            feed.records(m.generation(), m.firstIndex(), m.ops());
        } else if (message instanceof Message.Whole m) {
            feed.image(m.image());
        } else if (message instanceof Message.Confirm m) {
            confirmations.confirm(from, m);
        } else if (message instanceof Message.Confirmed m) {
            confirmations.confirmed(from, m);
        }
    }

    private void hello(String from, Message.Hello hello) {
        if (from.equals(env.self())) {
            return;
        }
        peers.hear(from, hello, env.nowMs());
        boolean news = false;
        if (hello.best() != null) {
            if (hello.best().generation() < generations.group().generation()) {
                // It slept through something: tell it now, not at the next round.
                env.send(from, helloMessage());
            }
            news = generations.hear(hello.best(), hello.bestVoters());
            generations.hearLeader(hello.best(), hello.leader(), hello.leaderTerm());
        }
        if (news) {
            inForce();
        }
        generations.dropDead(hello.own());
        feed.hello(from, hello);
    }

    private void add(String from, Message.Add m) {
        if (!generations.mayAdd(m.id()) || !m.voters().contains(env.self()) || !added.add(m.id())) {
            env.send(from, new Message.Added(m.id(), false).encode());
            return;
        }
        if (added.size() > MAX_ADDED) {
            added.remove(added.iterator().next());
        }
        host.add(m.id(), m.voters(), m.preferred(), ok -> env.send(from, new Message.Added(m.id(), ok).encode()));
    }

    private void submit(String from, Message.Submit m) {
        if (!generations.leads()) {
            submitted(from, m, null);
            return;
        }
        byte[] entry = new Entry.Write(from, m.incarnation(), m.seq(), m.ops()).encode();
        host.submit(generations.group(), entry, outcome -> submitted(from, m, outcome.verdict()));
    }

    private void submitted(String to, Message.Submit m, Verdict verdict) {
        env.send(
                to,
                new Message.Submitted(
                                m.incarnation(),
                                m.seq(),
                                verdict,
                                generations.group(),
                                generations.voters(),
                                generations.leader())
                        .encode());
    }
}
