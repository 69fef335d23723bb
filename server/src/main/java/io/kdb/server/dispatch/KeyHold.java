package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.cluster.topology.SlotSet;
import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys whose commands wait: those of slots that change hands, all of them; those that MIGRATE sends away, the writing ones.
 * What waited runs from the first gate again once its keys are released. Thread-safe.
 *
 * <p>Note: a hold begins in an exclusive section ({@link #holdSlots}, {@link #holdKeys} say so), so no command is between
 * this gate and its keys: each has either run, or sees the hold. While nothing is held the request path pays one volatile
 * read.
 */
public final class KeyHold {
    /** What is held at a time. Immutable; swapped whole. */
    private record Held(BitSet slots, Set<KeyName> keys, long releases) {
        boolean isEmpty() {
            return slots.isEmpty() && keys.isEmpty();
        }
    }

    private static final Held NOTHING = new Held(new BitSet(), Set.of(), 0);

    /** What {@link #holdKeys} answers when the keys are held for the caller. */
    public static final long TAKEN = -1;

    private final boolean cluster;
    private final List<Suspension> waiting = new ArrayList<>();
    /** Null while nothing is held. */
    private volatile Held held;

    private Held last = NOTHING;

    KeyHold(boolean cluster) {
        this.cluster = cluster;
    }

    /** Whether anything is held. One volatile read. */
    public boolean isActive() {
        return held != null;
    }

    /** Lets every command on keys of these slots wait. In an exclusive section. */
    public synchronized void holdSlots(SlotSet slots) {
        BitSet more = (BitSet) last.slots.clone();
        slots.forEach(more::set);
        become(new Held(more, last.keys, last.releases));
    }

    /**
     * Lets commands that write these keys wait, in whatever database, unless one of them is held already. In an exclusive
     * section.
     *
     * @return {@link #TAKEN}, or what to pass to {@link Call#waitForHold}
     */
    public synchronized long holdKeys(Collection<byte[]> keys) {
        Set<KeyName> more = new HashSet<>(last.keys);
        for (byte[] key : keys) {
            KeyName name = name(key);
            if (last.keys.contains(name) || cluster && last.slots.get(Slot.of(key, 0, key.length))) {
                return last.releases;
            }
            more.add(name);
        }
        become(new Held(last.slots, more, last.releases));
        return TAKEN;
    }

    /** Ends the hold of these slots; what waited runs again. */
    public void releaseSlots(SlotSet slots) {
        List<Suspension> freed;
        synchronized (this) {
            BitSet fewer = (BitSet) last.slots.clone();
            slots.forEach(fewer::clear);
            freed = release(new Held(fewer, last.keys, last.releases + 1));
        }
        rerun(freed);
    }

    /** Ends the hold of these keys; what waited runs again. */
    public void releaseKeys(Collection<byte[]> keys) {
        List<Suspension> freed;
        synchronized (this) {
            Set<KeyName> fewer = new HashSet<>(last.keys);
            keys.forEach(key -> fewer.remove(name(key)));
            freed = release(new Held(last.slots, fewer, last.releases + 1));
        }
        rerun(freed);
    }

    private static KeyName name(byte[] key) {
        return new KeyName().at(0, key, 0, key.length);
    }

    private void become(Held now) {
        last = now;
        held = now.isEmpty() ? null : now;
    }

    private List<Suspension> release(Held now) {
        become(now);
        List<Suspension> freed = List.copyOf(waiting);
        waiting.clear();
        return freed;
    }

    /** Those whose keys are still held come back to {@link #add}. */
    private static void rerun(List<Suspension> freed) {
        freed.forEach(suspension -> suspension.end(Suspension.Outcome.SERVED, null));
    }

    /** How many commands wait. */
    public synchronized int waitingCount() {
        return waiting.size();
    }

    // ---- for the gates ----------------------------------------------------------------------------------------

    /** Whether a command waits; {@code probe} is the caller's. Keyless commands that write wait for everything held. */
    boolean holds(CommandSpec command, Arguments args, KeyPositions keys, KeyName probe) {
        Held now = held;
        if (now == null) {
            return false;
        }
        boolean writes = command.has(CommandFlag.WRITE);
        if (command.keySpecs().isEmpty()) {
            return writes;
        }
        if (!keys.collect(command, args)) {
            return false;
        }
        for (int i = 0; i < keys.count(); i++) {
            int arg = keys.at(i);
            if (cluster
                    && !now.slots.isEmpty()
                    && now.slots.get(Slot.of(args.array(arg), args.offset(arg), args.length(arg)))) {
                return true;
            }
            if (writes
                    && !now.keys.isEmpty()
                    && now.keys.contains(probe.at(0, args.array(arg), args.offset(arg), args.length(arg)))) {
                return true;
            }
        }
        return false;
    }

    /** How often something was released so far; read before {@link #holds}, for {@link #add}. */
    long releases() {
        Held now = held;
        return now == null ? -1 : now.releases;
    }

    /** Keeps a command that waits, unless something was released since {@code releasesSeen}: then it runs again. */
    void add(Suspension suspension, long releasesSeen) {
        synchronized (this) {
            if (held != null && last.releases == releasesSeen) {
                waiting.add(suspension);
                return;
            }
        }
        suspension.end(Suspension.Outcome.SERVED, null);
    }
}
