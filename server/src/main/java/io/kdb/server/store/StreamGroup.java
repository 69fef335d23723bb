package io.kdb.server.store;

import java.util.ArrayList;
import java.util.List;

/**
 * A consumer group of a stream: its counters, its consumers, what is pending in it. Owner: its {@link StreamValue}, which has one and points
 * it with {@link #find}. Consumers are known by number, 0 is none.
 */
public final class StreamGroup {
    private final StreamValue stream; // null: for reading only
    private final StreamView view;
    private final StreamDirectory directory;
    private long number;

    // What the last search among pending entries found.
    private final StreamId pendingId = new StreamId();
    private long pendingConsumer;
    private long deliveredMs;
    private long deliveries;

    StreamGroup(StreamValue stream, StreamView view) {
        this.stream = stream;
        this.view = view;
        directory = new StreamDirectory(view);
    }

    /** Points at the group of this name; false when there is none. */
    public boolean find(byte[] name, int offset, int length) {
        number = view.directory.isEmpty() ? 0 : directory.group(name, offset, length);
        return number != 0;
    }

    /** Makes the group, which must not exist, and points at it. */
    public void create(byte[] name, int offset, int length, StreamId lastId, long entriesRead) {
        stream.change();
        long made = directory.newGroup(name, offset, length);
        directory.add(made, 0, name, offset, length);
        view.number(StreamView.GROUP_COUNT, view.groupCount() + 1);
        number = made;
        setLastId(lastId);
        entriesRead(entriesRead);
    }

    /** Removes the group and all that it has. */
    public void destroy() {
        stream.change();
        view.directory.ownAll(number);
        view.pending.ownEnds(number);
        view.owned.ownEnds(number);
        long pending = pendingCount();
        long owned = 0;
        while (view.directory.seekCeiling(number, 1, 0, 0) && view.directory.keyWord(0) == number) {
            long consumer = view.directory.keyWord(1);
            owned += pendingCount(consumer);
            directory.remove(number, consumer);
        }
        directory.remove(number, 0);
        view.pending.removeAll(number, pending);
        view.owned.removeAll(number, owned);
        view.number(StreamView.GROUP_COUNT, view.groupCount() - 1);
        number = 0;
    }

    /** The names of a stream's groups, in their order; {@link #find} points at one. */
    public List<byte[]> names() {
        List<byte[]> names = new ArrayList<>();
        directory.groups().forEach(group -> names.add(group.name()));
        return names;
    }

    // ---- counters ---------------------------------------------------------------------------------------------

    private long get(int field) {
        return directory.get(directory.find(number, 0), field);
    }

    private void set(int field, long value) {
        stream.change();
        directory.set(directory.own(number, 0), field, value);
    }

    /** The ID of the entry delivered last. */
    public StreamId lastId(StreamId into) {
        int address = directory.find(number, 0);
        return into.set(
                directory.get(address, StreamView.GROUP_LAST), directory.get(address, StreamView.GROUP_LAST + 8));
    }

    public void setLastId(StreamId id) {
        set(StreamView.GROUP_LAST, id.ms());
        set(StreamView.GROUP_LAST + 8, id.seq());
    }

    /** Entries delivered, or {@link StreamView#UNKNOWN}. */
    public long entriesRead() {
        return get(StreamView.GROUP_READ);
    }

    public void entriesRead(long count) {
        set(StreamView.GROUP_READ, count);
    }

    public long pendingCount() {
        return get(StreamView.ENTRY_PENDING);
    }

    public long consumerCount() {
        return get(StreamView.GROUP_CONSUMERS);
    }

    /** No {@link #lag} can be told; every other number may be one. */
    public static final long NO_LAG = Long.MIN_VALUE;

    /** Entries not delivered yet, as far as counters tell, or {@link #NO_LAG}. */
    public long lag() {
        long added = view.entriesAdded();
        if (added == 0) {
            return 0;
        }
        StreamId last = lastId(new StreamId());
        long read = entriesRead();
        if (read == StreamView.UNKNOWN || view.hasDeletedFrom(last)) {
            read = view.entriesReadAt(last);
        }
        return read == StreamView.UNKNOWN ? NO_LAG : added - read;
    }

    /** As {@link #entriesRead}, for a group of an older file, which does not tell. */
    public void estimateEntriesRead() {
        entriesRead(view.entriesReadAt(lastId(new StreamId())));
    }

    /** Notes that an entry, later than all before, is delivered. */
    public void delivered(StreamId id) {
        long read = entriesRead();
        if (read != StreamView.UNKNOWN && !view.hasDeletedFrom(id)) {
            entriesRead(read + 1);
        } else if (view.entriesAdded() != 0) {
            entriesRead(view.entriesReadAt(id));
        }
        setLastId(id);
    }

    /** As {@link #delivered}, to a consumer for which the entry is pending now, delivered once. */
    public void deliver(StreamId id, long consumer, long atMs) {
        stream.change();
        directory.own(number, 0);
        setPending(id, consumer, atMs, 1);
        delivered(id);
    }

    // ---- consumers --------------------------------------------------------------------------------------------

    /** The consumer of this name, or 0. */
    public long consumer(byte[] name, int offset, int length) {
        return directory.consumer(number, name, offset, length);
    }

    /** Makes the consumer, which must not exist. */
    public long createConsumer(byte[] name, int offset, int length, long nowMs) {
        stream.change();
        int group = directory.own(number, 0);
        long made = directory.newConsumer(number, name, offset, length);
        int address = directory.add(number, made, name, offset, length);
        directory.set(address, StreamView.CONSUMER_SEEN, nowMs);
        directory.set(group, StreamView.GROUP_CONSUMERS, directory.get(group, StreamView.GROUP_CONSUMERS) + 1);
        return made;
    }

    /** Removes a consumer and what it has pending; answers how many entries that were. */
    public long deleteConsumer(long consumer) {
        long count = pendingCount(consumer);
        stream.change();
        int address = directory.own(number, 0);
        directory.own(number, consumer);
        if (count == pendingCount()) {
            removeAllPending(consumer);
        } else {
            ownPending(consumer);
            StreamId id = new StreamId();
            while (findPendingFrom(consumer, id)) {
                removePending(id.set(pendingId));
            }
        }
        directory.remove(number, consumer);
        directory.set(address, StreamView.GROUP_CONSUMERS, directory.get(address, StreamView.GROUP_CONSUMERS) - 1);
        return count;
    }

    /** Removes all that is pending in the group, which is this consumer's. */
    private void removeAllPending(long consumer) {
        long count = pendingCount();
        view.pending.ownEnds(number);
        view.owned.ownEnds(number);
        view.pending.removeAll(number, count);
        view.owned.removeAll(number, count);
        countPending(consumer, -count);
        countPending(0, -count);
    }

    /** Makes the paths to all that the consumer has pending this stream's alone: removing it then needs no memory. */
    private void ownPending(long consumer) {
        StreamId id = new StreamId();
        for (boolean more = findPendingFrom(consumer, id); more; more = findPendingFrom(consumer, id)) {
            view.owned.own();
            view.pending.own();
            if (!id.set(pendingId).increment()) {
                break;
            }
        }
    }

    /** The consumers' names, in their order. */
    public List<byte[]> consumerNames() {
        List<byte[]> names = new ArrayList<>();
        directory.consumers(number).forEach(consumer -> names.add(consumer.name()));
        return names;
    }

    /** The consumer's name; good until the next. */
    public Element consumerName(long consumer) {
        return directory.name(directory.find(number, consumer));
    }

    /** When the consumer last tried to do something. */
    public long seenMs(long consumer) {
        return directory.get(directory.find(number, consumer), StreamView.CONSUMER_SEEN);
    }

    public void seenMs(long consumer, long ms) {
        stream.change();
        directory.set(directory.own(number, consumer), StreamView.CONSUMER_SEEN, ms);
    }

    public long pendingCount(long consumer) {
        return directory.get(directory.find(number, consumer), StreamView.ENTRY_PENDING);
    }

    private void countPending(long consumer, long by) {
        int address = directory.own(number, consumer);
        directory.set(address, StreamView.ENTRY_PENDING, directory.get(address, StreamView.ENTRY_PENDING) + by);
    }

    // ---- pending entries --------------------------------------------------------------------------------------

    /** Finds what is pending with this ID. */
    public boolean findPending(StreamId id) {
        return view.pending.seek(number, id.ms(), id.seq(), 0) && readPending();
    }

    /** Finds the first pending entry of this ID or a later one; of one consumer only when that is not 0. */
    public boolean findPendingFrom(long consumer, StreamId id) {
        if (consumer == 0) {
            return view.pending.seekCeiling(number, id.ms(), id.seq(), 0)
                    && view.pending.keyWord(0) == number
                    && readPending();
        }
        if (!view.owned.seekCeiling(number, consumer, id.ms(), id.seq())
                || view.owned.keyWord(0) != number
                || view.owned.keyWord(1) != consumer) {
            return false;
        }
        return view.pending.seek(number, view.owned.keyWord(2), view.owned.keyWord(3), 0) && readPending();
    }

    /** Finds the last pending entry of the group. */
    public boolean findLastPending() {
        return view.pending.seekFloor(number, -1, -1, 0) && view.pending.keyWord(0) == number && readPending();
    }

    private boolean readPending() {
        pendingId.set(view.pending.keyWord(1), view.pending.keyWord(2));
        byte[] page = view.pending.valueArray();
        int at = view.pending.valueOffset();
        pendingConsumer = Bytes.getLong(page, at);
        deliveredMs = Bytes.getLong(page, at + 8);
        deliveries = Bytes.getLong(page, at + 16);
        return true;
    }

    /** The ID found last. */
    public StreamId pendingId() {
        return pendingId;
    }

    /** Whose it is. */
    public long pendingConsumer() {
        return pendingConsumer;
    }

    /** When it was delivered last. */
    public long deliveredMs() {
        return deliveredMs;
    }

    /** How often it was delivered. */
    public long deliveries() {
        return deliveries;
    }

    /** Makes an entry pending, or what is pending another consumer's; what was found last is then this. */
    public void setPending(StreamId id, long consumer, long atMs, long times) {
        stream.change();
        if (!findPending(id)) {
            addPending(id, consumer);
        } else if (pendingConsumer != consumer) {
            movePending(id, pendingConsumer, consumer);
        }
        view.pending.seek(number, id.ms(), id.seq(), 0);
        view.pending.own();
        byte[] page = view.pending.valueArray();
        int at = view.pending.valueOffset();
        Bytes.putLong(page, at, consumer);
        Bytes.putLong(page, at + 8, atMs);
        Bytes.putLong(page, at + 16, times);
        readPending();
    }

    // What needs memory comes first in these, so that one that runs out of it has changed nothing.

    private void addPending(StreamId id, long consumer) {
        directory.own(number, 0);
        directory.own(number, consumer);
        view.pending.insert(number, id.ms(), id.seq(), 0);
        try {
            view.owned.insert(number, consumer, id.ms(), id.seq());
        } catch (StoreFull full) {
            view.pending.seek(number, id.ms(), id.seq(), 0);
            view.pending.remove();
            throw full;
        }
        countPending(0, 1);
        countPending(consumer, 1);
    }

    private void movePending(StreamId id, long from, long to) {
        directory.own(number, from);
        directory.own(number, to);
        view.pending.own();
        ownOwned(from, id);
        view.owned.insert(number, to, id.ms(), id.seq());
        ownOwned(from, id);
        view.owned.remove();
        countPending(to, 1);
        countPending(from, -1);
    }

    /** Goes to the entry of a consumer that has this pending, and makes its path the stream's alone. */
    private void ownOwned(long consumer, StreamId id) {
        boolean found = view.owned.seek(number, consumer, id.ms(), id.seq());
        assert found : "owned: " + id + " is missing";
        view.owned.own();
    }

    /** Takes an entry out of what is pending; false when it is not. */
    public boolean removePending(StreamId id) {
        if (!findPending(id)) {
            return false;
        }
        stream.change();
        directory.own(number, 0);
        directory.own(number, pendingConsumer);
        view.pending.own();
        ownOwned(pendingConsumer, id);
        view.owned.remove();
        view.pending.remove();
        countPending(pendingConsumer, -1);
        countPending(0, -1);
        return true;
    }

    // ---- restoring --------------------------------------------------------------------------------------------

    /** Makes an entry pending, nobody's yet; false when it is already. */
    public boolean restorePending(StreamId id, long atMs, long times) {
        if (findPending(id)) {
            return false;
        }
        stream.change();
        view.pending.insert(number, id.ms(), id.seq(), 0);
        byte[] page = view.pending.valueArray();
        int at = view.pending.valueOffset();
        Bytes.putLong(page, at, 0);
        Bytes.putLong(page, at + 8, atMs);
        Bytes.putLong(page, at + 16, times);
        countPending(0, 1);
        return true;
    }

    /** Makes a pending entry that is nobody's this consumer's; false when there is none. */
    public boolean restoreOwner(StreamId id, long consumer) {
        if (!findPending(id) || pendingConsumer != 0) {
            return false;
        }
        view.owned.insert(number, consumer, id.ms(), id.seq());
        Bytes.putLong(view.pending.valueArray(), view.pending.valueOffset(), consumer);
        countPending(consumer, 1);
        return true;
    }
}
