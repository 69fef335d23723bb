package io.kdb.server.persist;

import io.kdb.resp.Doubles;
import io.kdb.server.store.Element;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.Listpack;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.SortedSetValue;
import java.io.IOException;

/** Sorted sets in a file. Owner: as {@link ValueRdb}. */
final class SortedSetRdb extends ValueRdb {
    /** Scores that are no digits, in place of their length in the oldest form. */
    private static final int NAN = 253;

    private static final int INFINITE = 254;
    private static final int MINUS_INFINITE = 255;

    private final SortedSetValue set = new SortedSetValue();
    private final byte[] digits = new byte[NAN];

    @Override
    int form(RecordView record) {
        return isPacked(record) ? RdbFormat.TYPE_ZSET_LISTPACK : RdbFormat.TYPE_ZSET_2;
    }

    private static boolean isPacked(RecordView record) {
        return record.encoding() == Encoding.LISTPACK && !record.isTree();
    }

    @Override
    void write(RecordView record, RdbOutput out) throws IOException {
        if (isPacked(record)) {
            out.writeString(record.runArray(0), record.runOffset(0), (int) record.valueLength());
            return;
        }
        set.open(record);
        long size = set.size();
        out.writeLength(size);
        set.seekIndex(size - 1);
        for (long left = size; left > 0; left--) { // from the end, as Redis, which is quicker at reading that
            out.writeString(set.element());
            out.writeLittleEndian(Double.doubleToRawLongBits(set.scoreHere()), 8);
            set.previous();
        }
    }

    @Override
    void read(int form, RdbInput in, NewValue target) throws IOException {
        switch (form) {
            case RdbFormat.TYPE_ZSET -> readMembers(in, target, true);
            case RdbFormat.TYPE_ZSET_2 -> readMembers(in, target, false);
            case RdbFormat.TYPE_ZSET_ZIPLIST -> fill(in, PackedForms.ziplist(in, target), target);
            default -> fill(in, PackedForms.listpack(in, target), target);
        }
    }

    private void readMembers(RdbInput in, NewValue target, boolean asDigits) throws IOException {
        long count = NewValue.count(in);
        target.make(set);
        set.beginFill();
        for (long i = 0; i < count; i++) {
            in.readString(target.first);
            double score = asDigits ? readDigits(in) : Double.longBitsToDouble(in.readLittleEndian(8));
            if (Double.isNaN(score)) {
                throw in.error("a sorted set with a score that is not a number");
            }
            byte[] member = NewValue.array(target.first);
            int length = (int) target.first.length();
            target.lock();
            try {
                if (set.find(member, 0, length)) {
                    throw in.error("a sorted set that has a member twice");
                }
                set.insert(member, 0, length, score);
            } finally {
                target.unlock();
            }
        }
        target.lock();
        try {
            set.endFill();
        } finally {
            target.unlock();
        }
    }

    private double readDigits(RdbInput in) throws IOException {
        int length = in.readByte();
        switch (length) {
            case NAN:
                return Double.NaN;
            case INFINITE:
                return Double.POSITIVE_INFINITY;
            case MINUS_INFINITE:
                return Double.NEGATIVE_INFINITY;
            default:
                for (int i = 0; i < length; i++) {
                    digits[i] = (byte) in.readByte();
                }
                return Doubles.parse(digits, 0, length);
        }
    }

    private void fill(RdbInput in, byte[] listpack, NewValue target) throws IOException {
        if (Listpack.count(listpack, 0) == 0) {
            throw new EmptyValueException(in.offset());
        }
        DistinctHashes members = target.distinct();
        Element member = new Element();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] bytes = Listpack.get(listpack, p, member).array();
            if (!members.add(bytes, member.offset(), member.length())) {
                throw in.error("a sorted set that has a member twice");
            }
            p = Listpack.next(listpack, p);
            if (Listpack.isEnd(listpack, p)) {
                throw in.error("a sorted set that has a member without a score");
            }
            double score = SortedSetValue.score(listpack, p);
            if (Double.isNaN(score)) {
                throw in.error("a sorted set with a score that is not a number");
            }
        }
        target.make(set);
        target.lock();
        try {
            set.fill(listpack);
        } finally {
            target.unlock();
        }
    }
}
