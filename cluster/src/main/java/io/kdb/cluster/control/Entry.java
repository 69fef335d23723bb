package io.kdb.cluster.control;

import java.util.List;

/** What stands in a group's log (docs: the generation protocol in {@link GroupState}). Immutable. */
sealed interface Entry {

    /** Operations of one node, applied once: {@code seq} counts up within {@code incarnation}, which counts up per node. */
    record Write(String client, long incarnation, long seq, List<byte[]> ops) implements Entry {}

    /** P: proposes a group as the next generation. */
    record Propose(int attempt, GroupId next, List<String> voters) implements Entry {}

    /** A: abandons a proposal for good. */
    record Abandon(int attempt) implements Entry {}

    /** Z: ends this generation in favour of the proposed group. The point of no return. */
    record Seal(GroupId next) implements Entry {}

    /** F: puts this group in force with what the sealed generation before it had. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record Found(byte[] carried) implements Entry {}

    default byte[] encode() {
        WireWriter out = new WireWriter();
        if (this instanceof Write w) {
            out.u8('W').text(w.client).i64(w.incarnation).i64(w.seq).blobs(w.ops);
        } else if (this instanceof Propose p) {
            out.u8('P').i32(p.attempt).group(p.next).texts(p.voters);
        } else if (this instanceof Abandon a) {
            out.u8('A').i32(a.attempt);
        } else if (this instanceof Seal z) {
            out.u8('Z').group(z.next);
        } else if (this instanceof Found f) {
            out.u8('F').bytes(f.carried);
        }
        return out.toBytes();
    }

    static Entry decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        int kind = in.u8();
        Entry entry =
                switch (kind) {
                    case 'W' -> new Write(in.text(), in.i64(), in.i64(), in.blobs());
                    case 'P' -> new Propose(in.i32(), in.group(), in.texts());
                    case 'A' -> new Abandon(in.i32());
                    case 'Z' -> new Seal(in.group());
                    case 'F' -> new Found(in.bytes());
                    default -> throw new WireException("entry: " + kind + " (expected: W P A Z F)");
                };
        in.end();
        return entry;
    }
}
