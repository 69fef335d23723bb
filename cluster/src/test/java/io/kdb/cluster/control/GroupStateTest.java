package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.control.Verdict.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupStateTest {
    private static final GroupId FIRST = new GroupId(1, 0, 5L << 32);
    private static final GroupId NEXT = FIRST.next(1, 9);

    private final Ledger ledger = new Ledger();
    private final GroupState state = new GroupState(FIRST, ledger);

    private Status apply(Entry entry) {
        return state.apply(entry.encode()).verdict().status();
    }

    private static Entry write(String client, long incarnation, long seq) {
        return new Entry.Write(client, incarnation, seq, List.of(Ledger.add(client + incarnation + "." + seq)));
    }

    @Test
    void aRetriedWriteIsAnsweredAgainAndAppliedOnce() {
        Applied first = state.apply(write("a", 1, 1).encode());
        Applied again = state.apply(write("a", 1, 1).encode());
        assertEquals(Status.DUP, again.verdict().status());
        assertEquals(first.verdict().firstIndex(), again.verdict().firstIndex());
        assertArrayEquals(
                first.verdict().answers().get(0), again.verdict().answers().get(0));
        assertEquals(List.of("a1.1"), ledger.entries());
    }

    @Test
    void oldNumbersAndOldIncarnationsAreStale() {
        assertEquals(Status.OK, apply(write("a", 2, 5)));
        assertEquals(Status.STALE, apply(write("a", 2, 4)));
        assertEquals(Status.STALE, apply(write("a", 1, 9)));
        assertEquals(Status.OK, apply(write("a", 3, 1)));
    }

    @Test
    void onlyTheOpenProposalCanBeSealed() {
        assertEquals(Status.REFUSED, apply(new Entry.Seal(NEXT)));
        assertEquals(Status.REFUSED, apply(new Entry.Propose(2, NEXT, List.of("a"))));
        assertEquals(Status.OK, apply(new Entry.Propose(1, NEXT, List.of("a"))));
        assertEquals(Status.REFUSED, apply(new Entry.Propose(2, FIRST.next(2, 1), List.of("a"))));
        assertEquals(Status.OK, apply(new Entry.Abandon(1)));
        assertEquals(Status.REFUSED, apply(new Entry.Seal(NEXT)));
        assertEquals(Status.REFUSED, apply(new Entry.Abandon(1)));
    }

    @Test
    void nothingIsAcceptedAfterTheSealNorBeforeTheFounding() {
        apply(write("a", 1, 1));
        apply(new Entry.Propose(1, NEXT, List.of("a")));
        assertEquals(Status.OK, apply(new Entry.Seal(NEXT)));
        assertEquals(Status.REFUSED, apply(write("a", 1, 2)));
        assertEquals(Status.REFUSED, apply(write("a", 1, 1)));
        assertEquals(Status.REFUSED, apply(new Entry.Abandon(1)));
        assertEquals(Status.REFUSED, apply(new Entry.Propose(2, FIRST.next(2, 1), List.of("a"))));

        GroupState next = new GroupState(NEXT, new Ledger());
        assertFalse(next.facts().inForce());
        assertEquals(
                Status.REFUSED, next.apply(write("a", 1, 2).encode()).verdict().status());
        byte[] founding = new Entry.Found(state.carried()).encode();
        assertEquals(Status.OK, next.apply(founding).verdict().status());
        assertEquals(Status.DUP, next.apply(founding).verdict().status());
        assertTrue(next.facts().inForce());
        assertEquals(1, next.facts().index());
        assertEquals(Status.DUP, next.apply(write("a", 1, 1).encode()).verdict().status(), "the table came along");
        assertEquals(Status.OK, next.apply(write("a", 1, 2).encode()).verdict().status());
    }

    @Test
    void aSnapshotIsTheWholeState() {
        apply(write("a", 1, 1));
        apply(new Entry.Propose(1, NEXT, List.of("a", "b")));
        apply(new Entry.Seal(NEXT));
        GroupState copy = new GroupState(FIRST, new Ledger());
        copy.restore(state.image());
        assertEquals(state.facts(), copy.facts());
        assertArrayEquals(state.image(), copy.image());
        assertArrayEquals(state.carried(), copy.carried());
        assertThrows(WireException.class, () -> new GroupState(NEXT, new Ledger()).restore(state.image()));
    }

    @Test
    void theTableOfAnswersIsBounded() {
        for (int i = 0; i <= GroupState.MAX_CLIENTS; i++) {
            apply(write("c" + i, 1, 1));
        }
        assertEquals(Status.OK, apply(write("c0", 1, 1)), "the oldest was pushed out");
        assertEquals(Status.DUP, apply(write("c2", 1, 1)));
    }
}
