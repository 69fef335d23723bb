package io.kdb.server.persist;

import io.kdb.server.store.Element;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.Listpack;
import io.kdb.server.store.RecordView;
import java.io.IOException;

/** Hashes in a file. Owner: as {@link ValueRdb}. */
final class HashRdb extends ValueRdb {
    private final HashValue hash = new HashValue();

    @Override
    int form(RecordView record) {
        return isListpack(record) ? RdbFormat.TYPE_HASH_LISTPACK : RdbFormat.TYPE_HASH;
    }

    /** A tree that has the encoding of a listpack is short enough to be read as one. */
    private static boolean isListpack(RecordView record) {
        return record.encoding() == Encoding.LISTPACK && !record.isTree();
    }

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        if (isListpack(record)) {
            out.writeString(record.runArray(0), record.runOffset(0), (int) record.valueLength());
            return;
        }
        hash.open(record);
        out.writeLength(hash.size());
        for (boolean more = hash.first(); more; more = hash.next()) {
            out.writeString(hash.field());
            out.writeString(hash.value());
        }
    }

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        switch (form) {
            case RdbFormat.TYPE_HASH -> readFields(in, target);
            case RdbFormat.TYPE_HASH_ZIPMAP -> fill(in, PackedForms.zipmap(in, target), target);
            case RdbFormat.TYPE_HASH_ZIPLIST -> fill(in, PackedForms.ziplist(in, target), target);
            default -> fill(in, PackedForms.listpack(in, target), target);
        }
    }

    private void readFields(RdbInput in, NewValue target) throws IOException {
        long count = NewValue.count(in);
        target.make(hash);
        for (long i = 0; i < count; i++) {
            in.readString(target.first);
            in.readString(target.second);
            byte[] field = NewValue.array(target.first);
            byte[] value = NewValue.array(target.second);
            target.lock();
            boolean isNew;
            try {
                isNew = hash.set(field, 0, (int) target.first.length(), value, 0, (int) target.second.length());
            } finally {
                target.unlock();
            }
            if (!isNew) {
                throw in.error("a hash that has a field twice");
            }
        }
    }

    private void fill(RdbInput in, byte[] listpack, NewValue target) throws IOException {
        if (Listpack.count(listpack, 0) == 0) {
            throw new EmptyValueException(in.offset());
        }
        DistinctHashes fields = target.distinct();
        Element field = new Element();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] bytes = Listpack.get(listpack, p, field).array();
            if (!fields.add(bytes, field.offset(), field.length())) {
                throw in.error("a hash that has a field twice");
            }
            p = Listpack.next(listpack, p);
            if (Listpack.isEnd(listpack, p)) {
                throw in.error("a hash that has a field without a value");
            }
        }
        target.make(hash);
        target.lock();
        try {
            hash.fill(listpack);
        } finally {
            target.unlock();
        }
    }
}
