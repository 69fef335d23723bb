package io.kdb.cluster.control;

import java.util.List;

/**
 * A group's answer to one entry. Immutable.
 *
 * @param status what became of it
 * @param firstIndex index of its first operation, for a write that was applied (now or before)
 * @param answers one for each operation of such a write
 */
record Verdict(Status status, long firstIndex, List<byte[]> answers) {
    enum Status {
        OK('o'),
        /** It had been applied before. */
        DUP('d'),
        /** A write older than the last one of its client: nobody waits for it any more. */
        STALE('s'),
        /** A no-op: the group is not in force, is sealed, or the entry does not fit its state. */
        REFUSED('r');

        private final int code;

        Status(int code) {
            this.code = code;
        }

        private static Status of(int code) {
            for (Status status : values()) {
                if (status.code == code) {
                    return status;
                }
            }
            throw new WireException("verdict: " + code + " (expected: o d s r)");
        }
    }

    static final Verdict DONE = new Verdict(Status.OK, 0, List.of());
    static final Verdict REFUSED = new Verdict(Status.REFUSED, 0, List.of());

    boolean applied() {
        return status == Status.OK || status == Status.DUP;
    }

    byte[] encode() {
        return new WireWriter().u8(status.code).i64(firstIndex).blobs(answers).toBytes();
    }

    static Verdict decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        Verdict verdict = new Verdict(Status.of(in.u8()), in.i64(), in.blobs());
        in.end();
        return verdict;
    }
}
