package io.kdb.server.persist;

import io.kdb.server.store.Element;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.Intset;
import io.kdb.server.store.Listpack;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.SetValue;
import java.io.IOException;

/** Sets in a file. Owner: as {@link ValueRdb}. */
final class SetRdb extends ValueRdb {
    private final SetValue set = new SetValue();

    @Override
    int form(RecordView record) {
        return record.encoding() == Encoding.INTSET && !record.isTree()
                ? RdbFormat.TYPE_SET_INTSET
                : RdbFormat.TYPE_SET;
    }

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        if (record.encoding() == Encoding.INTSET && !record.isTree()) {
            out.writeString(record.runArray(0), record.runOffset(0), (int) record.valueLength());
            return;
        }
        set.open(record);
        out.writeLength(set.size());
        for (boolean more = set.first(); more; more = set.next()) {
            out.writeString(set.element());
        }
    }

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        if (form == RdbFormat.TYPE_SET_INTSET) {
            readIntset(in, target);
            return;
        }
        if (form == RdbFormat.TYPE_SET_LISTPACK) {
            readListpack(in, target);
            return;
        }
        long count = NewValue.count(in);
        target.make(set);
        for (long i = 0; i < count; i++) {
            in.readString(target.first);
            add(in, target, NewValue.array(target.first), (int) target.first.length());
        }
    }

    private void add(RdbInput in, NewValue target, byte[] member, int length) throws IOException {
        boolean isNew;
        target.lock();
        try {
            isNew = set.add(member, 0, length);
        } finally {
            target.unlock();
        }
        if (!isNew) {
            throw in.error("a set that has a member twice");
        }
    }

    /** As Redis 7.2 keeps small sets. */
    private void readListpack(RdbInput in, NewValue target) throws IOException {
        byte[] listpack = PackedForms.listpack(in, target);
        if (Listpack.count(listpack, 0) == 0) {
            throw new EmptyValueException(in.offset());
        }
        target.make(set);
        Element element = new Element();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] member = Listpack.get(listpack, p, element).copy();
            add(in, target, member, member.length);
        }
    }

    private void readIntset(RdbInput in, NewValue target) throws IOException {
        byte[] bytes = PackedForms.blob(in, target);
        if (!Intset.validate(bytes, 0, bytes.length)) {
            throw in.error("an intset that is not sound");
        }
        if (Intset.size(bytes, 0) == 0) {
            throw new EmptyValueException(in.offset());
        }
        target.make(set);
        target.lock();
        try {
            set.fillIntset(bytes);
        } finally {
            target.unlock();
        }
    }
}
