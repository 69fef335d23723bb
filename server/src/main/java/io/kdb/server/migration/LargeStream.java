package io.kdb.server.migration;

import io.kdb.server.store.Element;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.StreamCursor;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.StreamView;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * A large stream as commands that build it piece by piece: XADD of every entry, XGROUP and XCLAIM for groups, consumers and what
 * is pending, XSETID for the counters. Owner: the move's thread.
 *
 * <p>Note: what is pending of an entry that is gone cannot be claimed. So such an entry is added, too, and deleted at the end.
 * When a consumer was seen last is not kept.
 */
final class LargeStream {
    private static final int PIECE_BYTES = 64 << 10;
    private static final int STEPS = 1000;
    private static final StreamId FIRST = new StreamId(0, 0);
    private static final StreamId LAST = new StreamId(-1, -1);

    private enum Phase {
        SEARCH,
        ENTRIES,
        GROUPS,
        DELETIONS,
        DONE
    }

    private final StreamValue stream = new StreamValue();
    private final StreamId next = new StreamId();
    private final TreeSet<StreamId> gone = new TreeSet<>();
    private Phase phase = Phase.DONE;
    private RecordView record;
    private ChunkedStream out;
    private List<byte[]> groups = List.of();
    private int group;
    private boolean inGroup;
    private StreamCursor entries;
    private boolean hasEntry;
    private Iterator<StreamId> goneLeft;
    private StreamId nextGone;

    long size(RecordView view) {
        stream.open(view);
        return stream.size();
    }

    /** Writes the next piece, the first one when the last record is done; true behind the last. */
    boolean write(RecordView of, ChunkedStream to) {
        out = to;
        switch (phase) {
            case DONE -> begin(of);
            case SEARCH -> search();
            case ENTRIES -> writeEntries();
            case GROUPS -> writeGroups();
            case DELETIONS -> writeDeletions();
        }
        return phase == Phase.DONE;
    }

    private void begin(RecordView of) {
        record = of;
        stream.open(of);
        gone.clear();
        groups = stream.group().names();
        startGroups();
        phase = Phase.SEARCH;
    }

    private void command(int words, String verb) {
        out.command(words);
        out.argument(verb);
        out.argument(record.keyArray(), 0, record.keyLength());
    }

    // ---- what is pending, group by group ------------------------------------------------------------------------

    private void startGroups() {
        group = -1;
        inGroup = false;
    }

    private boolean nextGroup() {
        if (++group == groups.size()) {
            return false;
        }
        byte[] name = groups.get(group);
        stream.group().find(name, 0, name.length);
        next.set(FIRST);
        inGroup = true;
        return true;
    }

    /** Finds the group's next pending entry; false when there is none. */
    private boolean nextPending() {
        StreamGroup here = stream.group();
        if (!inGroup || !here.findPendingFrom(0, next)) {
            inGroup = false;
            return false;
        }
        next.set(here.pendingId());
        inGroup = next.increment();
        return true;
    }

    private void search() {
        for (int i = 0; i < STEPS; i++) {
            if (nextPending()) {
                StreamId id = stream.group().pendingId();
                if (!stream.contains(id)) {
                    gone.add(new StreamId(id.ms(), id.seq()));
                }
            } else if (!nextGroup()) {
                startEntries();
                return;
            }
        }
    }

    private void writeGroups() {
        for (long end = out.total() + PIECE_BYTES; out.total() < end; ) {
            if (nextPending()) {
                claim();
            } else if (nextGroup()) {
                create();
            } else {
                phase = Phase.DELETIONS;
                goneLeft = gone.iterator();
                return;
            }
        }
    }

    private void create() {
        StreamGroup here = stream.group();
        byte[] name = groups.get(group);
        out.command(8);
        out.argument("XGROUP");
        out.argument("CREATE");
        out.argument(record.keyArray(), 0, record.keyLength());
        out.argument(name, 0, name.length);
        out.argument(here.lastId(new StreamId()).toString());
        out.argument("MKSTREAM");
        out.argument("ENTRIESREAD");
        out.argument(Long.toString(here.entriesRead()));
        for (byte[] consumer : here.consumerNames()) {
            out.command(5);
            out.argument("XGROUP");
            out.argument("CREATECONSUMER");
            out.argument(record.keyArray(), 0, record.keyLength());
            out.argument(name, 0, name.length);
            out.argument(consumer, 0, consumer.length);
        }
    }

    private void claim() {
        StreamGroup here = stream.group();
        byte[] name = groups.get(group);
        command(12, "XCLAIM");
        out.argument(name, 0, name.length);
        out.argument(here.consumerName(here.pendingConsumer()));
        out.argument("0");
        out.argument(here.pendingId().toString());
        out.argument("TIME");
        out.argument(Long.toString(here.deliveredMs()));
        out.argument("RETRYCOUNT");
        out.argument(Long.toString(here.deliveries()));
        out.argument("FORCE");
        out.argument("JUSTID");
    }

    // ---- entries ------------------------------------------------------------------------------------------------

    private void startEntries() {
        entries = stream.range(FIRST, LAST, false);
        hasEntry = entries.next();
        goneLeft = gone.iterator();
        nextGone = goneLeft.hasNext() ? goneLeft.next() : null;
        phase = Phase.ENTRIES;
    }

    private void writeEntries() {
        for (long end = out.total() + PIECE_BYTES; out.total() < end; ) {
            if (nextGone != null && (!hasEntry || nextGone.compareTo(entries.id()) < 0)) {
                command(5, "XADD");
                out.argument(nextGone.toString());
                out.argument("gone");
                out.argument("");
                nextGone = goneLeft.hasNext() ? goneLeft.next() : null;
            } else if (hasEntry) {
                command(3 + (int) (2 * entries.fields()), "XADD");
                out.argument(entries.id().toString());
                entries.forEach(this::argument);
                hasEntry = entries.next();
            } else {
                startGroups();
                phase = Phase.GROUPS;
                return;
            }
        }
    }

    private void argument(Element part) {
        out.argument(part);
    }

    private void writeDeletions() {
        List<StreamId> batch = new ArrayList<>();
        while (goneLeft.hasNext() && batch.size() < STEPS) {
            batch.add(goneLeft.next());
        }
        if (!batch.isEmpty()) {
            command(2 + batch.size(), "XDEL");
            batch.forEach(id -> out.argument(id.toString()));
            return;
        }
        StreamView view = stream.view();
        StreamId id = new StreamId();
        command(7, "XSETID");
        out.argument(view.lastId(id).toString());
        out.argument("ENTRIESADDED");
        out.argument(Long.toString(view.entriesAdded()));
        out.argument("MAXDELETEDID");
        out.argument(view.maxDeletedId(id).toString());
        gone.clear();
        phase = Phase.DONE;
    }
}
