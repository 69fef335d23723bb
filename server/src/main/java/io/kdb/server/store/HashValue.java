package io.kdb.server.store;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * A hash at its record. Owner: as {@link CollectionValue}.
 *
 * <p>Note: a hash with fields that expire is always a tree, and has a second one, of those fields and their times; its encoding
 * says so. A field is there until it is removed, whatever its time: who asks for one compares it with the clock. An expiry of
 * a field that is gone is possible and harmless.
 */
public final class HashValue extends HashedValue {
    public static final long NO_EXPIRY = KeyTable.NO_EXPIRY;
    /** No field may expire later, as in Redis. */
    public static final long MAX_EXPIRY = 0xFFFF_FFFF_FFFFL >> 2;

    private final Element value = new Element();
    private final HashedTree expiries = new HashedTree(HashedKind.MAP);
    private final Element time = new Element();
    private final byte[] timeBytes = new byte[8];
    private int expiryInLeaf;

    public HashValue() {
        super(2, HashedKind.MAP);
    }

    @Override
    public int type() {
        return ValueType.HASH;
    }

    @Override
    int newEncoding() {
        return Encoding.LISTPACK;
    }

    /** The field it stands on. */
    public Element field() {
        return element();
    }

    /** The value of the field it stands on. */
    public Element value() {
        return inTree ? tree.value(value) : packed.get(packed.next(at), value);
    }

    @Override
    void opened() {
        super.opened();
        if (inTree) {
            openTree(1, expiries);
        }
    }

    @Override
    CountedTree[] allTrees() {
        expiries.create(trees());
        return new CountedTree[] {tree, expiries};
    }

    private boolean isSmall() {
        return encoding() == Encoding.LISTPACK || encoding() == Encoding.LISTPACK_EX;
    }

    private void toTable() {
        encoding(encoding() == Encoding.LISTPACK ? Encoding.HASHTABLE : Encoding.HASHTABLE_EX);
    }

    // ---- expiring fields --------------------------------------------------------------------------------------

    /** Whether there are fields with an expiry. */
    public boolean hasExpiries() {
        return encoding() >= Encoding.LISTPACK_EX;
    }

    /** When the field it stands on expires, in milliseconds since 1970, or {@link #NO_EXPIRY}. */
    public long expireAt() {
        return findExpiry() ? expiryHere() : NO_EXPIRY;
    }

    private boolean findExpiry() {
        if (!hasExpiries()) {
            return false;
        }
        Element name = element();
        byte[] bytes = name.array();
        return expiries.find(bytes, name.offset(), name.length());
    }

    /** Whether the field it stands on is past its time. */
    public boolean isExpired(long nowMs) {
        return findExpiry() && expiryHere() < nowMs;
    }

    /** As {@link #find}; a field that is past its time is not there. */
    public boolean findLive(byte[] bytes, int offset, int length, long nowMs) {
        return find(bytes, offset, length) && !isExpired(nowMs);
    }

    /** How many fields are not past their time. */
    public long liveSize(long nowMs) {
        long size = size();
        if (hasExpiries()) {
            long cursor = 0;
            do {
                cursor = scanExpiries(cursor);
                while (nextExpiry()) {
                    size -= expiryHere() < nowMs ? 1 : 0;
                }
            } while (cursor != 0);
        }
        return size;
    }

    /** The fields that are past their time. */
    public List<byte[]> expired(long nowMs) {
        List<byte[]> fields = new ArrayList<>();
        long cursor = 0;
        do {
            cursor = scanExpiries(cursor);
            while (nextExpiry()) {
                if (expiryHere() < nowMs) {
                    fields.add(expiringField(value).copy());
                }
            }
        } while (cursor != 0);
        return fields;
    }

    /** The first of all expiries, {@link #NO_EXPIRY} without any. */
    public long firstExpiry() {
        long first = Long.MAX_VALUE;
        if (hasExpiries()) {
            long cursor = 0;
            do {
                cursor = scanExpiries(cursor);
                while (nextExpiry()) {
                    first = Math.min(first, expiryHere());
                }
            } while (cursor != 0);
        }
        return first == Long.MAX_VALUE ? NO_EXPIRY : first;
    }

    /** Gives the field it stands on an expiry; it then stands on none. */
    public void expireAt(long atMs) {
        byte[] field = element().copy();
        if (!inTree) {
            toTree();
        }
        boolean found = expiries.find(field, 0, field.length);
        own();
        Bytes.putLong(timeBytes, 0, atMs);
        try {
            if (found) {
                expiries.setValue(timeBytes, 0, 8);
            } else {
                expiries.add(timeBytes, 0, 8);
            }
        } finally {
            saveTree(1, expiries);
        }
        if (!hasExpiries()) {
            encoding(encoding() == Encoding.LISTPACK ? Encoding.LISTPACK_EX : Encoding.HASHTABLE_EX);
        }
        table.segment().fieldTtls.note(table, hash(), atMs);
    }

    /** Takes the expiry of the field it stands on away; false when it has none. It then stands on the same field. */
    public boolean persist() {
        return findExpiry() && removeExpiry();
    }

    private boolean removeExpiry() {
        own();
        try {
            expiries.remove();
        } finally {
            saveTree(1, expiries);
        }
        if (expiries.isEmpty()) {
            encoding(encoding() == Encoding.LISTPACK_EX ? Encoding.LISTPACK : Encoding.HASHTABLE);
        }
        return true;
    }

    @Override
    public void remove() {
        if (findExpiry()) {
            removeExpiry();
        }
        super.remove();
    }

    /** Goes to a few of the expiries from a cursor on, which {@link #nextExpiry} then shows; answers the cursor behind them. */
    long scanExpiries(long cursor) {
        expiryInLeaf = -1;
        return expiries.scan(cursor);
    }

    boolean nextExpiry() {
        if (++expiryInLeaf >= expiries.entriesInLeaf()) {
            return false;
        }
        expiries.atInLeaf(expiryInLeaf);
        return true;
    }

    long expiryHere() {
        Element bytes = expiries.value(time);
        return Bytes.getLong(bytes.array(), bytes.offset());
    }

    /** The field of the expiry here. */
    Element expiringField(Element view) {
        return expiries.element(view);
    }

    // ---- changing ---------------------------------------------------------------------------------------------

    /** Makes a new hash one of the fields and values of this listpack, which are known to be sound and different. */
    public void fill(byte[] listpack) {
        if (listpack.length <= PACKED_LIMIT_BYTES) {
            fillPacked(listpack);
            if (size() > limits().hashEntries()) {
                encoding(Encoding.HASHTABLE);
            }
            return;
        }
        Element field = new Element();
        Element bytes = new Element();
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] name = Listpack.get(listpack, p, field).array();
            p = Listpack.next(listpack, p);
            byte[] array = Listpack.get(listpack, p, bytes).array();
            set(name, field.offset(), field.length(), array, bytes.offset(), bytes.length());
        }
    }

    /** Sets a field to a value, both of them arguments; true when the field is new. */
    public boolean set(Arguments args, int field, int newValue) {
        return set(
                args.array(field),
                args.offset(field),
                args.length(field),
                args.array(newValue),
                args.offset(newValue),
                args.length(newValue));
    }

    /** Sets a field to a value; true when the field is new. Converts the hash where its limits say so. */
    public boolean set(byte[] field, int fieldOffset, int fieldLength, byte[] bytes, int valueOffset, int valueLength) {
        return set(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength, false);
    }

    /** As the other, but the field may keep its expiry. */
    public boolean set(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] bytes,
            int valueOffset,
            int valueLength,
            boolean keepExpiry) {
        if (isSmall() && Math.max(fieldLength, valueLength) > limits().hashValue()) {
            toTable();
        }
        if (!keepExpiry && hasExpiries() && expiries.find(field, fieldOffset, fieldLength)) {
            removeExpiry();
        }
        boolean isNew = inTree
                ? setInTree(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength)
                : setPacked(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength);
        if (isNew && isSmall() && size() > limits().hashEntries()) {
            toTable();
        }
        return isNew;
    }

    private boolean setPacked(
            byte[] field, int fieldOffset, int fieldLength, byte[] bytes, int valueOffset, int valueLength) {
        boolean found = find(field, fieldOffset, fieldLength);
        int more = Listpack.bytesOf(bytes, valueOffset, valueLength)
                + (found ? 0 : Listpack.bytesOf(field, fieldOffset, fieldLength));
        int limit = encoding() == Encoding.LISTPACK ? PACKED_LIMIT_BYTES : PACKED_TABLE_BYTES;
        if (more > limit - packed.bytes()) {
            toTree();
            return setInTree(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength);
        }
        if (found) {
            packed.replace(packed.next(at), bytes, valueOffset, valueLength);
            return false;
        }
        at = packed.bytes() - 1;
        packed.splice(at, 0, more, 2);
        byte[] page = packed.array();
        int p = Listpack.write(page, packed.offset() + at, field, fieldOffset, fieldLength);
        Listpack.write(page, p, bytes, valueOffset, valueLength);
        return true;
    }

    private boolean setInTree(
            byte[] field, int fieldOffset, int fieldLength, byte[] bytes, int valueOffset, int valueLength) {
        boolean found = tree.find(field, fieldOffset, fieldLength);
        own();
        try {
            if (found) {
                tree.setValue(bytes, valueOffset, valueLength);
            } else {
                tree.add(bytes, valueOffset, valueLength);
            }
        } finally {
            saveTree(0, tree);
        }
        return !found;
    }

    @Override
    void addToTree() {
        Element field = element();
        byte[] fieldBytes = field.array();
        boolean found = tree.find(fieldBytes, field.offset(), field.length());
        assert !found : "field: twice (expected: once)";
        Element bytes = packed.get(packed.next(at), value);
        byte[] valueBytes = bytes.array();
        tree.add(valueBytes, bytes.offset(), bytes.length());
    }
}
