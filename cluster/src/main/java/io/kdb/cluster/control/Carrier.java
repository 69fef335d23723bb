package io.kdb.cluster.control;

import java.util.List;

/**
 * Step 5 of the generation protocol: every member that has applied the seal carries F into the next group, the driver at
 * once, the others a little later, again and again until the next generation is heard of in force. Owner: the control
 * thread.
 */
final class Carrier {
    private final Environment env;
    private final GroupHost host;
    private final Generations generations;
    private GroupId carrying;
    private byte[] carried;
    private List<String> voters;
    private long notBeforeMs;
    private long sentMs;

    Carrier(Environment env, GroupHost host, Generations generations) {
        this.env = env;
        this.host = host;
        this.generations = generations;
    }

    /** Called when a seal was applied, and on every tick; {@code driver}: this node sealed it. */
    void poll(boolean driver) {
        List<Facts> sealed = generations.toCarry();
        if (sealed.isEmpty()) {
            carrying = null;
            carried = null;
            return;
        }
        Facts facts = sealed.get(0);
        if (!facts.sealed().equals(carrying)) {
            carrying = facts.sealed();
            voters = facts.sealedVoters();
            carried = host.carried(facts.id());
            notBeforeMs = driver ? env.nowMs() : env.nowMs() + 500 + env.random(500);
            sentMs = Long.MIN_VALUE / 2;
            round(carrying);
        }
    }

    private void round(GroupId id) {
        if (!id.equals(carrying)) {
            return;
        }
        if (generations.group().generation() >= id.generation()) {
            carrying = null;
            carried = null;
            return;
        }
        if (env.nowMs() >= notBeforeMs) {
            for (String voter : voters) {
                env.send(voter, new Message.Ask(id).encode());
            }
        }
        env.schedule(Timing.CARRY_REPEAT_MS, () -> round(id));
    }

    /** A voter of the next group said how it stands. */
    void told(String from, Message.Told told) {
        if (told.id().equals(carrying)
                && told.leaderReady()
                && env.nowMs() >= notBeforeMs
                && env.nowMs() - sentMs >= Timing.CARRY_REPEAT_MS) {
            sentMs = env.nowMs();
            env.send(from, new Message.Carry(carrying, carried).encode());
        }
    }

    /** This node leads the next group, perhaps, and was brought F. */
    void carry(String from, Message.Carry message) {
        Facts facts = host.facts(message.id());
        if (facts == null) {
            return;
        }
        byte[] entry = new Entry.Found(message.carried()).encode();
        host.submit(message.id(), entry, outcome -> {
            boolean ok = outcome.verdict() != null && outcome.verdict().applied();
            env.send(from, new Message.Carried(message.id(), ok).encode());
        });
    }
}
