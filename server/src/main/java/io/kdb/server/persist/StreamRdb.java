package io.kdb.server.persist;

import io.kdb.server.store.Element;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.StreamView;
import java.io.IOException;

/**
 * Streams in a file: nodes as they are, counters, groups with what is pending in them. Owner: as {@link ValueRdb}.
 *
 * <p>Note: a group's pending entries come first without, then, by consumer, with their owner.
 */
final class StreamRdb extends ValueRdb {
    private static final int ID_BYTES = 16;

    private final StreamValue stream = new StreamValue();
    private final Element element = new Element();
    private final PiecedBytes idBytes = new PiecedBytes();
    private final byte[] idText = new byte[ID_BYTES];

    @Override
    int form(RecordView record) {
        return RdbFormat.TYPE_STREAM_LISTPACKS_2;
    }

    // ---- writing ----------------------------------------------------------------------------------------------

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        stream.open(record);
        StreamView view = stream.view();
        StreamId id = new StreamId();
        out.writeLength(view.nodeCount());
        for (boolean more = view.firstNode(); more; more = view.nextNode()) {
            out.writeString(bytes(view.nodeId(id)), 0, ID_BYTES);
            out.writeString(view.node(element));
        }
        out.writeUnsigned(view.length());
        write(out, view.lastId(id));
        write(out, view.firstId(id));
        write(out, view.maxDeletedId(id));
        out.writeUnsigned(view.entriesAdded());
        StreamGroup group = stream.group();
        out.writeLength(view.groupCount());
        for (byte[] name : group.names()) {
            group.find(name, 0, name.length);
            out.writeString(name, 0, name.length);
            writeGroup(group, out);
        }
    }

    private void writeGroup(StreamGroup group, RdbOutput out) throws IOException {
        StreamId id = new StreamId();
        write(out, group.lastId(id));
        out.writeUnsigned(group.entriesRead());
        out.writeLength(group.pendingCount());
        id.set(0, 0);
        while (group.findPendingFrom(0, id)) {
            id.set(group.pendingId());
            out.writeBytes(bytes(id), 0, ID_BYTES);
            out.writeLittleEndian(group.deliveredMs(), 8);
            out.writeUnsigned(group.deliveries());
            if (!id.increment()) {
                break;
            }
        }
        out.writeLength(group.consumerCount());
        for (byte[] name : group.consumerNames()) {
            long consumer = group.consumer(name, 0, name.length);
            out.writeString(name, 0, name.length);
            out.writeLittleEndian(group.seenMs(consumer), 8);
            out.writeLength(group.pendingCount(consumer));
            id.set(0, 0);
            while (group.findPendingFrom(consumer, id)) {
                id.set(group.pendingId());
                out.writeBytes(bytes(id), 0, ID_BYTES);
                if (!id.increment()) {
                    break;
                }
            }
        }
    }

    private static void write(RdbOutput out, StreamId id) throws IOException {
        out.writeUnsigned(id.ms());
        out.writeUnsigned(id.seq());
    }

    /** The ID's 16 bytes, the most significant first; good until the next. */
    private byte[] bytes(StreamId id) {
        for (int i = 0; i < 8; i++) {
            idText[i] = (byte) (id.ms() >>> 56 - 8 * i);
            idText[8 + i] = (byte) (id.seq() >>> 56 - 8 * i);
        }
        return idText;
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        boolean older = form == RdbFormat.TYPE_STREAM_LISTPACKS;
        target.make(stream);
        long nodes = in.readLength();
        for (long i = 0; i < nodes; i++) {
            readNode(in, target);
        }
        long length = in.readUnsigned();
        StreamView view = stream.view();
        if (length != view.length()) {
            throw in.error("a stream of " + view.length() + " entries that announces " + Long.toUnsignedString(length));
        }
        StreamId last = readId(in);
        StreamId first = older ? null : readId(in);
        StreamId maxDeleted = older ? null : readId(in);
        long added = older ? length : in.readUnsigned();
        target.lock();
        try {
            stream.restoreCounters(last, first, maxDeleted, added);
        } finally {
            target.unlock();
        }
        long groups = in.readLength();
        for (long i = 0; i < groups; i++) {
            readGroup(in, target, older);
        }
    }

    private void readNode(RdbInput in, NewValue target) throws IOException {
        in.readString(target.first);
        if (target.first.length() != ID_BYTES) {
            throw in.error("a stream's node with an ID of " + target.first.length() + " bytes (expected: 16)");
        }
        StreamId id = id(NewValue.array(target.first));
        byte[] listpack = PackedForms.blob(in, target);
        String problem;
        target.lock();
        try {
            problem = stream.restoreNode(id, listpack);
        } finally {
            target.unlock();
        }
        if (problem != null) {
            throw in.error(problem);
        }
    }

    private void readGroup(RdbInput in, NewValue target, boolean older) throws IOException {
        in.readString(target.first);
        byte[] name = target.first.toByteArray();
        StreamId last = readId(in);
        long entriesRead = older ? StreamView.UNKNOWN : in.readUnsigned();
        StreamGroup group = stream.group();
        boolean isNew;
        target.lock();
        try {
            isNew = !group.find(name, 0, name.length);
            if (isNew) {
                group.create(name, 0, name.length, last, entriesRead);
                if (older) {
                    group.estimateEntriesRead();
                }
            }
        } finally {
            target.unlock();
        }
        if (!isNew) {
            throw in.error("a stream that has a group twice");
        }
        long pending = in.readLength();
        for (long i = 0; i < pending; i++) {
            readPending(in, target, group);
        }
        long consumers = in.readLength();
        long owned = 0;
        for (long i = 0; i < consumers; i++) {
            owned += readConsumer(in, target, group);
        }
        if (owned != pending) {
            throw in.error("a stream with pending entries that are nobody's");
        }
    }

    private void readPending(RdbInput in, NewValue target, StreamGroup group) throws IOException {
        StreamId id = readPlainId(in);
        long deliveredMs = in.readLittleEndian(8);
        long deliveries = in.readUnsigned();
        boolean isNew;
        target.lock();
        try {
            isNew = group.restorePending(id, deliveredMs, deliveries);
        } finally {
            target.unlock();
        }
        if (!isNew) {
            throw in.error("a stream that has a pending entry twice");
        }
    }

    /** Answers how many entries the consumer has pending. */
    private long readConsumer(RdbInput in, NewValue target, StreamGroup group) throws IOException {
        in.readString(target.first);
        byte[] name = target.first.toByteArray();
        long seenMs = in.readLittleEndian(8);
        long consumer = 0;
        target.lock();
        try {
            if (group.consumer(name, 0, name.length) == 0) {
                consumer = group.createConsumer(name, 0, name.length, seenMs);
            }
        } finally {
            target.unlock();
        }
        if (consumer == 0) {
            throw in.error("a stream that has a consumer twice");
        }
        long owned = in.readLength();
        for (long i = 0; i < owned; i++) {
            StreamId id = readPlainId(in);
            boolean found;
            target.lock();
            try {
                found = group.restoreOwner(id, consumer);
            } finally {
                target.unlock();
            }
            if (!found) {
                throw in.error("a stream with an entry of a consumer that is not pending, or another's");
            }
        }
        return owned;
    }

    private static StreamId readId(RdbInput in) throws IOException {
        long ms = in.readUnsigned();
        return new StreamId(ms, in.readUnsigned());
    }

    private StreamId readPlainId(RdbInput in) throws IOException {
        idBytes.clear();
        in.readBytes(idBytes, ID_BYTES);
        return id(idBytes.piece(0));
    }

    private static StreamId id(byte[] bytes) {
        long ms = 0;
        long seq = 0;
        for (int i = 0; i < 8; i++) {
            ms = ms << 8 | bytes[i] & 0xFF;
            seq = seq << 8 | bytes[8 + i] & 0xFF;
        }
        return new StreamId(ms, seq);
    }
}
