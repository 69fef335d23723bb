package io.kdb.cluster.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The replicated state of one group: the application's state, the table of answers given, and how far this generation is
 * on its way to the next. Deterministic. Thread-safe: the group's apply thread writes, the control thread takes images.
 *
 * <p>Note: a change of voters is a new group, entered by sealing the old one (P, A, Z in the old group's log, F in the
 * new one's). Z is applied once, so a generation has at most one successor; F is a pure function of the sealed group, so
 * whoever carries it carries the same; nothing is accepted here after Z nor there before F, so never two generations that
 * both decide. Whether a proposal is dead follows from applied entries alone, which anybody may relay.
 */
final class GroupState {
    /** Clients whose last answers are kept; the one unheard of for the longest goes first. */
    static final int MAX_CLIENTS = 4096;

    private record Answered(long incarnation, long seq, Verdict verdict) {}

    private final GroupId id;
    private final ReplicatedState app;
    private boolean inForce;
    private int attempt;
    private GroupId open;
    private List<String> openVoters = List.of();
    private GroupId sealed;
    private List<String> sealedVoters = List.of();
    private long index;
    /** By node id, in the order of the last write. */
    private final Map<String, Answered> answered = new LinkedHashMap<>();

    GroupState(GroupId id, ReplicatedState app) {
        this.id = id;
        this.app = app;
        this.inForce = id.generation() == 1;
    }

    synchronized Facts facts() {
        return new Facts(id, inForce, attempt, open, openVoters, sealed, sealedVoters, index);
    }

    /** Applies one committed entry; one that does not fit is a no-op answered as refused. */
    synchronized Applied apply(byte[] bytes) {
        Entry entry = Entry.decode(bytes);
        if (entry instanceof Entry.Write write) {
            return write(write);
        }
        Verdict verdict = Verdict.REFUSED;
        if (entry instanceof Entry.Propose p) {
            if (inForce && sealed == null && open == null && p.attempt() == attempt + 1) {
                attempt = p.attempt();
                open = p.next();
                openVoters = p.voters();
                verdict = Verdict.DONE;
            }
        } else if (entry instanceof Entry.Abandon a) {
            if (sealed == null && open != null && a.attempt() == attempt) {
                open = null;
                openVoters = List.of();
                verdict = Verdict.DONE;
            }
        } else if (entry instanceof Entry.Seal z) {
            if (inForce && sealed == null && z.next().equals(open)) {
                sealed = open;
                sealedVoters = openVoters;
                verdict = Verdict.DONE;
            }
        } else if (entry instanceof Entry.Found f) {
            if (inForce) {
                verdict = new Verdict(Verdict.Status.DUP, 0, List.of());
            } else {
                readCarried(new WireReader(f.carried()));
                inForce = true;
                verdict = Verdict.DONE;
            }
        }
        return new Applied(verdict, facts(), List.of());
    }

    private Applied write(Entry.Write write) {
        if (!inForce || sealed != null) {
            return new Applied(Verdict.REFUSED, facts(), List.of());
        }
        Answered last = answered.get(write.client());
        if (last != null) {
            if (write.incarnation() < last.incarnation
                    || (write.incarnation() == last.incarnation && write.seq() < last.seq)) {
                return new Applied(new Verdict(Verdict.Status.STALE, 0, List.of()), facts(), List.of());
            }
            if (write.incarnation() == last.incarnation && write.seq() == last.seq) {
                return new Applied(
                        new Verdict(Verdict.Status.DUP, last.verdict.firstIndex(), last.verdict.answers()),
                        facts(),
                        List.of());
            }
        }
        long first = index + 1;
        List<byte[]> answers = new ArrayList<>(write.ops().size());
        for (byte[] op : write.ops()) {
            answers.add(app.apply(op));
            index++;
        }
        Verdict verdict = new Verdict(Verdict.Status.OK, first, answers);
        answered.remove(write.client());
        answered.put(write.client(), new Answered(write.incarnation(), write.seq(), verdict));
        if (answered.size() > MAX_CLIENTS) {
            answered.remove(answered.keySet().iterator().next());
        }
        return new Applied(verdict, facts(), write.ops());
    }

    /** What F carries into the next generation; call only when sealed. */
    synchronized byte[] carried() {
        if (sealed == null) {
            throw new IllegalStateException("group " + id + ": not sealed");
        }
        return carriedBytes();
    }

    /** Size of what F would carry now. */
    synchronized int carriedBytesCount() {
        return carriedBytes().length;
    }

    /** The application's state and its index, for an observer. */
    synchronized Image appImage() {
        return new Image(id.generation(), index, app.image());
    }

    /** All of it, for the engine's snapshot. */
    synchronized byte[] image() {
        return new WireWriter()
                .group(id)
                .flag(inForce)
                .i32(attempt)
                .group(open)
                .texts(openVoters)
                .group(sealed)
                .texts(sealedVoters)
                .bytes(carriedBytes())
                .toBytes();
    }

    synchronized void restore(byte[] image) {
        WireReader in = new WireReader(image);
        GroupId owner = in.group();
        if (!id.equals(owner)) {
            throw new WireException("snapshot of group " + owner + " (expected: " + id + ")");
        }
        inForce = in.flag();
        attempt = in.i32();
        open = in.group();
        openVoters = in.texts();
        sealed = in.group();
        sealedVoters = in.texts();
        readCarried(new WireReader(in.bytes()));
        in.end();
    }

    private byte[] carriedBytes() {
        WireWriter out = new WireWriter().i64(index).i32(answered.size());
        answered.forEach((client, last) -> out.text(client)
                .i64(last.incarnation)
                .i64(last.seq)
                .i64(last.verdict.firstIndex())
                .blobs(last.verdict.answers()));
        return out.bytes(app.image()).toBytes();
    }

    private void readCarried(WireReader in) {
        index = in.i64();
        answered.clear();
        for (int n = in.i32(); n > 0; n--) {
            String client = in.text();
            long incarnation = in.i64();
            long seq = in.i64();
            answered.put(client, new Answered(incarnation, seq, new Verdict(Verdict.Status.OK, in.i64(), in.blobs())));
        }
        app.restore(in.bytes());
        in.end();
    }
}
