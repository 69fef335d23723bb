package io.kdb.server.store;

import io.kdb.resp.Arguments;

/** A hash at its record. Owner: as {@link CollectionValue}. */
public final class HashValue extends HashedValue {
    private final Element value = new Element();

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
        if (encoding() == Encoding.LISTPACK && Math.max(fieldLength, valueLength) > limits().hashValue()) {
            encoding(Encoding.HASHTABLE);
        }
        boolean isNew = inTree
                ? setInTree(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength)
                : setPacked(field, fieldOffset, fieldLength, bytes, valueOffset, valueLength);
        if (isNew && encoding() == Encoding.LISTPACK && size() > limits().hashEntries()) {
            encoding(Encoding.HASHTABLE);
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
