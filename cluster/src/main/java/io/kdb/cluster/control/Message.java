package io.kdb.cluster.control;

import java.util.List;

/** What control planes say to each other; any of them may be lost, repeated or late. Immutable. */
sealed interface Message {

    /** Own group in force and the best heard of; where the sender's view stands and who feeds it; the heartbeat. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record Hello(
            Facts own,
            GroupId best,
            List<String> bestVoters,
            String leader,
            long leaderTerm,
            long viewIndex,
            String feeder,
            long incarnation,
            boolean alive,
            byte[] payload)
            implements Message {}

    record Add(GroupId id, List<String> voters, String preferred) implements Message {}

    record Added(GroupId id, boolean ok) implements Message {}

    /** Asks for a group's status. */
    record Ask(GroupId id) implements Message {}

    record Told(GroupId id, boolean here, boolean leaderReady, boolean full) implements Message {}

    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record Carry(GroupId id, byte[] carried) implements Message {}

    record Carried(GroupId id, boolean ok) implements Message {}

    record Submit(long incarnation, long seq, List<byte[]> ops) implements Message {}

    /** Verdict null: not here, not now; best and leader say where to try. */
    record Submitted(long incarnation, long seq, Verdict verdict, GroupId best, List<String> bestVoters, String leader)
            implements Message {}

    record Records(long generation, long firstIndex, List<byte[]> ops) implements Message {}

    record Whole(Image image) implements Message {}

    /** Do you still take me for the leader of this term? */
    record Confirm(GroupId id, long term, long round) implements Message {}

    record Confirmed(GroupId id, long term, long round) implements Message {}

    default byte[] encode() {
        WireWriter out = new WireWriter();
        if (this instanceof Hello m) {
            out.u8(1).flag(m.own != null);
            if (m.own != null) {
                writeFacts(out, m.own);
            }
            out.group(m.best).texts(m.bestVoters).text(m.leader).i64(m.leaderTerm);
            out.i64(m.viewIndex).text(m.feeder).i64(m.incarnation).flag(m.alive).bytes(m.payload);
        } else if (this instanceof Add m) {
            out.u8(2).group(m.id).texts(m.voters).text(m.preferred);
        } else if (this instanceof Added m) {
            out.u8(3).group(m.id).flag(m.ok);
        } else if (this instanceof Ask m) {
            out.u8(4).group(m.id);
        } else if (this instanceof Told m) {
            out.u8(5).group(m.id).flag(m.here).flag(m.leaderReady).flag(m.full);
        } else if (this instanceof Carry m) {
            out.u8(6).group(m.id).bytes(m.carried);
        } else if (this instanceof Carried m) {
            out.u8(7).group(m.id).flag(m.ok);
        } else if (this instanceof Submit m) {
            out.u8(8).i64(m.incarnation).i64(m.seq).blobs(m.ops);
        } else if (this instanceof Submitted m) {
            out.u8(9).i64(m.incarnation).i64(m.seq).bytes(m.verdict == null ? null : m.verdict.encode());
            out.group(m.best).texts(m.bestVoters).text(m.leader);
        } else if (this instanceof Records m) {
            out.u8(10).i64(m.generation).i64(m.firstIndex).blobs(m.ops);
        } else if (this instanceof Whole m) {
            out.u8(11).i64(m.image.generation()).i64(m.image.index()).bytes(m.image.bytes());
        } else if (this instanceof Confirm m) {
            out.u8(12).group(m.id).i64(m.term).i64(m.round);
        } else if (this instanceof Confirmed m) {
            out.u8(13).group(m.id).i64(m.term).i64(m.round);
        }
        return out.toBytes();
    }

    /** @throws WireException when the bytes are no message */
    static Message decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        int kind = in.u8();
        Message message =
                switch (kind) {
                    case 1 ->
                        new Hello(
                                in.flag() ? readFacts(in) : null,
                                in.group(),
                                in.texts(),
                                in.text(),
                                in.i64(),
                                in.i64(),
                                in.text(),
                                in.i64(),
                                in.flag(),
                                in.bytes());
                    case 2 -> new Add(some(in.group()), in.texts(), in.text());
                    case 3 -> new Added(some(in.group()), in.flag());
                    case 4 -> new Ask(some(in.group()));
                    case 5 -> new Told(some(in.group()), in.flag(), in.flag(), in.flag());
                    case 6 -> new Carry(some(in.group()), some(in.bytes()));
                    case 7 -> new Carried(some(in.group()), in.flag());
                    case 8 -> new Submit(in.i64(), in.i64(), in.blobs());
                    case 9 -> new Submitted(in.i64(), in.i64(), verdict(in.bytes()), in.group(), in.texts(), in.text());
                    case 10 -> new Records(in.i64(), in.i64(), in.blobs());
                    case 11 -> new Whole(new Image(in.i64(), in.i64(), some(in.bytes())));
                    case 12 -> new Confirm(some(in.group()), in.i64(), in.i64());
                    case 13 -> new Confirmed(some(in.group()), in.i64(), in.i64());
                    default -> throw new WireException("message: " + kind + " (expected: 1 to 13)");
                };
        in.end();
        return message;
    }

    private static Verdict verdict(byte[] bytes) {
        return bytes == null ? null : Verdict.decode(bytes);
    }

    private static <T> T some(T value) {
        if (value == null) {
            throw new WireException("field: none (expected: a value)");
        }
        return value;
    }

    private static void writeFacts(WireWriter out, Facts f) {
        out.group(f.id()).flag(f.inForce()).i32(f.attempt()).group(f.open()).texts(f.openVoters());
        out.group(f.sealed()).texts(f.sealedVoters()).i64(f.index());
    }

    private static Facts readFacts(WireReader in) {
        return new Facts(
                some(in.group()), in.flag(), in.i32(), in.group(), in.texts(), in.group(), in.texts(), in.i64());
    }
}
