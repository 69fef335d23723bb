package io.kdb.server.store;

import io.kdb.resp.Arguments;

/** A hash at its record. Owner: as {@link CollectionValue}. */
public final class HashValue extends HashedValue {
    private final Element value = new Element();

    public HashValue() {
        super(2);
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
        return packed.get(packed.next(at), value);
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
        CollectionLimits limits = limits();
        if (encoding() == Encoding.LISTPACK && Math.max(fieldLength, valueLength) > limits.hashValue()) {
            encoding(Encoding.HASHTABLE);
        }
        boolean found = find(field, fieldOffset, fieldLength);
        if (found) {
            packed.replace(packed.next(at), bytes, valueOffset, valueLength);
        } else {
            packed.append(field, fieldOffset, fieldLength);
            packed.append(bytes, valueOffset, valueLength);
            if (encoding() == Encoding.LISTPACK && size() > limits.hashEntries()) {
                encoding(Encoding.HASHTABLE);
            }
        }
        return !found;
    }
}
