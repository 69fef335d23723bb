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
        if (hasExpiries(record)) {
            return RdbFormat.TYPE_HASH_METADATA;
        }
        return isListpack(record) ? RdbFormat.TYPE_HASH_LISTPACK : RdbFormat.TYPE_HASH;
    }

    /** A tree that has the encoding of a listpack is short enough to be read as one. */
    private static boolean isListpack(RecordView record) {
        return record.encoding() == Encoding.LISTPACK && !record.isTree();
    }

    private static boolean hasExpiries(RecordView record) {
        return record.encoding() == Encoding.LISTPACK_EX || record.encoding() == Encoding.HASHTABLE_EX;
    }

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        if (isListpack(record)) {
            out.writeString(record.runArray(0), record.runOffset(0), (int) record.valueLength());
            return;
        }
        hash.open(record);
        if (hasExpiries(record)) {
            writeWithExpiries(out);
            return;
        }
        out.writeLength(hash.size());
        for (boolean more = hash.first(); more; more = hash.next()) {
            out.writeString(hash.field());
            out.writeString(hash.value());
        }
    }

    /** Each field with its expiry as the distance to the first one, plus one; 0 is none. */
    private void writeWithExpiries(RdbOutput out) throws IOException {
        long first = hash.firstExpiry();
        out.writeLittleEndian(first, 8);
        out.writeLength(hash.size());
        for (boolean more = hash.first(); more; more = hash.next()) {
            long at = hash.expireAt();
            out.writeLength(at == HashValue.NO_EXPIRY ? 0 : at - first + 1);
            out.writeString(hash.field());
            out.writeString(hash.value());
        }
    }

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        switch (form) {
            case RdbFormat.TYPE_HASH -> readFields(in, target, false, 0);
            case RdbFormat.TYPE_HASH_METADATA_PRE_GA -> readFields(in, target, true, 1);
            case RdbFormat.TYPE_HASH_METADATA -> readFields(in, target, true, in.readLittleEndian(8));
            case RdbFormat.TYPE_HASH_LISTPACK_EX_PRE_GA -> fillTriples(in, PackedForms.listpack(in, target), target);
            case RdbFormat.TYPE_HASH_LISTPACK_EX -> {
                in.readLittleEndian(8); // the first expiry, which the fields' own say again
                fillTriples(in, PackedForms.listpack(in, target), target);
            }
            case RdbFormat.TYPE_HASH_ZIPMAP -> fill(in, PackedForms.zipmap(in, target), target);
            case RdbFormat.TYPE_HASH_ZIPLIST -> fill(in, PackedForms.ziplist(in, target), target);
            default -> fill(in, PackedForms.listpack(in, target), target);
        }
    }

    /** {@code first} is what an expiry counts from, which is kept plus one; 1 where it is kept as it is. */
    private void readFields(RdbInput in, NewValue target, boolean timed, long first) throws IOException {
        long count = NewValue.count(in);
        target.make(hash);
        for (long i = 0; i < count; i++) {
            long distance = timed ? in.readLength() : 0;
            long at = distance == 0 ? HashValue.NO_EXPIRY : time(in, first + distance - 1);
            in.readString(target.first);
            in.readString(target.second);
            byte[] field = NewValue.array(target.first);
            byte[] value = NewValue.array(target.second);
            set(in, target, field, (int) target.first.length(), value, (int) target.second.length(), at);
        }
    }

    private static long time(RdbInput in, long at) throws IOException {
        if (at < 0 || at > HashValue.MAX_EXPIRY) {
            throw in.error("a field that expires at " + at + " (expected: up to " + HashValue.MAX_EXPIRY + ")");
        }
        return at;
    }

    private void set(
            RdbInput in, NewValue target, byte[] field, int fieldLength, byte[] value, int valueLength, long at)
            throws IOException {
        boolean isNew;
        target.lock();
        try {
            isNew = hash.set(field, 0, fieldLength, value, 0, valueLength);
            if (isNew && at != HashValue.NO_EXPIRY && hash.find(field, 0, fieldLength)) {
                hash.expireAt(at);
            }
        } finally {
            target.unlock();
        }
        if (!isNew) {
            throw in.error("a hash that has a field twice");
        }
    }

    /** A listpack of fields, values and expiries, 0 for none. */
    private void fillTriples(RdbInput in, byte[] listpack, NewValue target) throws IOException {
        if (Listpack.count(listpack, 0) == 0) {
            throw new EmptyValueException(in.offset());
        }
        if (Listpack.count(listpack, 0) % 3 != 0) {
            throw in.error("a hash that has a field without a value or an expiry");
        }
        target.make(hash);
        Element element = new Element();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] field = Listpack.get(listpack, p, element).copy();
            p = Listpack.next(listpack, p);
            byte[] value = Listpack.get(listpack, p, element).copy();
            p = Listpack.next(listpack, p);
            if (!Listpack.get(listpack, p, element).isInteger()) {
                throw in.error("a field whose expiry is no number");
            }
            long at = element.integer() == 0 ? HashValue.NO_EXPIRY : time(in, element.integer());
            set(in, target, field, field.length, value, value.length, at);
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
