package io.kdb.server.persist;

import io.kdb.server.store.Element;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.Listpack;
import io.kdb.server.store.RecordView;
import java.io.IOException;

/**
 * Lists in a file: a sequence of nodes, each a listpack or one element as it is ("plain"). Owner: as {@link ValueRdb}.
 *
 * <p>Note: Redis has plain nodes from a gigabyte on; below, a long element is the only one of its listpack.
 */
final class ListRdb extends ValueRdb {
    private static final int PLAIN = 1;
    private static final int PACKED = 2;
    private static final int PLAIN_FROM = 1 << 30;

    private final ListValue list = new ListValue();
    private final Element element = new Element();
    private final byte[] frame = new byte[16];

    @Override
    int form(RecordView record) {
        return RdbFormat.TYPE_LIST_QUICKLIST_2;
    }

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        list.open(record);
        out.writeLength(list.nodeCount());
        for (boolean more = list.firstNode(); more; more = list.nextNode()) {
            if (!list.isSingleNode()) {
                out.writeLength(PACKED);
                out.writeString(list.nodeArray(), list.nodeOffset(), list.nodeBytes());
                continue;
            }
            Element single = list.element();
            if (single.length() >= PLAIN_FROM) {
                out.writeLength(PLAIN);
                out.writeString(single);
            } else {
                out.writeLength(PACKED);
                writeListpackOf(single, out);
            }
        }
    }

    /** A listpack of one long element, which need not lie together. */
    private void writeListpackOf(Element single, RdbOutput out) throws IOException {
        int length = single.length();
        int entry = Listpack.bytesOfString(length);
        Listpack.header(frame, 0, Listpack.EMPTY_BYTES + entry, 1);
        int begin = Listpack.beginString(frame, Listpack.HEADER_BYTES, length);
        out.writeLength(Listpack.EMPTY_BYTES + (long) entry);
        out.writeBytes(frame, 0, begin);
        for (int at = 0; at < length; at += single.runLength(at)) {
            out.writeBytes(single.runArray(at), single.runOffset(at), single.runLength(at));
        }
        int end = Listpack.endString(frame, 0, begin - Listpack.HEADER_BYTES + length);
        Listpack.end(frame, end);
        out.writeBytes(frame, 0, end + 1);
    }

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        if (form == RdbFormat.TYPE_LIST_ZIPLIST) {
            byte[] listpack = PackedForms.ziplist(in, target);
            target.make(list);
            append(listpack, target);
        } else {
            long count = NewValue.count(in);
            target.make(list);
            for (long i = 0; i < count; i++) {
                readPart(form, in, target);
            }
        }
        if (list.isEmpty()) {
            throw new EmptyValueException(in.offset());
        }
    }

    /** An element, or a node. */
    private void readPart(int form, RdbInput in, NewValue target) throws IOException {
        long container = form == RdbFormat.TYPE_LIST_QUICKLIST_2 ? in.readLength() : PACKED;
        if (form == RdbFormat.TYPE_LIST || container == PLAIN) {
            in.readString(target.first);
            if (container == PLAIN && target.first.length() == 0) {
                throw in.error("a list's node without bytes");
            }
            byte[] bytes = NewValue.array(target.first);
            target.lock();
            try {
                list.push(false, bytes, 0, (int) target.first.length());
            } finally {
                target.unlock();
            }
        } else if (container != PACKED) {
            throw in.error("a list's node of unknown kind " + container);
        } else {
            append(
                    form == RdbFormat.TYPE_LIST_QUICKLIST
                            ? PackedForms.ziplist(in, target)
                            : PackedForms.listpack(in, target),
                    target);
        }
    }

    /** Adds a node's elements; there may be none. */
    private void append(byte[] listpack, NewValue target) {
        target.lock();
        try {
            for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
                byte[] bytes = Listpack.get(listpack, p, element).array();
                list.push(false, bytes, element.offset(), element.length());
            }
        } finally {
            target.unlock();
        }
    }
}
