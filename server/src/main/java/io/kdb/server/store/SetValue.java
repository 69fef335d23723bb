package io.kdb.server.store;

import io.kdb.resp.Numbers;

/** A set at its record. Owner: as {@link CollectionValue}. */
public final class SetValue extends HashedValue {
    /** A set of more integers is never an intset, whatever is configured: as in Redis. */
    private static final long MAX_INTSET_ENTRIES = 1 << 30;

    private final Element integer = new Element();
    /** In an intset: the index of the member it stands on; -1 for none. */
    private int index;

    public SetValue() {
        super(1);
    }

    @Override
    public int type() {
        return ValueType.SET;
    }

    @Override
    int newEncoding() {
        return Encoding.INTSET;
    }

    @Override
    int newBytes() {
        return Intset.HEADER_BYTES;
    }

    @Override
    void writeNew(byte[] page, int start) {
        Intset.clear(page, start);
    }

    @Override
    void opened() {
        super.opened();
        index = -1;
    }

    private boolean isIntset() {
        return encoding() == Encoding.INTSET && !isTree();
    }

    private byte[] array() {
        return table.valueArray(ref);
    }

    private int start() {
        return table.valueOffset(ref);
    }

    @Override
    public long size() {
        return isIntset() ? Intset.size(array(), start()) : super.size();
    }

    @Override
    public boolean find(byte[] bytes, int offset, int length) {
        if (!isIntset()) {
            return super.find(bytes, offset, length);
        }
        return Numbers.isLong(bytes, offset, length) && findInteger(Numbers.parseLong(bytes, offset, length));
    }

    private boolean findInteger(long value) {
        index = Math.max(-1, Intset.find(array(), start(), value));
        return index >= 0;
    }

    /** Whether this is a member, which may be another set's. */
    public boolean contains(Element member) {
        if (member.isInteger() && isIntset()) {
            return findInteger(member.integer());
        }
        byte[] bytes = member.array();
        return find(bytes, member.offset(), member.length());
    }

    /** The index of a member, which may be another set's; -1 when it is none. */
    public long indexOf(Element member) {
        if (!contains(member)) {
            return -1;
        }
        return isIntset() ? index : packed.indexOf(at);
    }

    @Override
    public boolean first() {
        return isIntset() ? to(0) : super.first();
    }

    @Override
    public boolean next() {
        return isIntset() ? to(index + 1) : super.next();
    }

    @Override
    public void seekIndex(long wanted) {
        if (isIntset()) {
            to((int) wanted);
        } else {
            super.seekIndex(wanted);
        }
    }

    private boolean to(int wanted) {
        index = wanted < Intset.size(array(), start()) ? wanted : -1;
        return index >= 0;
    }

    @Override
    public Element element() {
        return isIntset() ? integer.integer(Intset.get(array(), start(), index)) : super.element();
    }

    /** Adds a member, which may be another set's; false when it is one already. */
    public boolean add(Element member) {
        if (member.isInteger() && isIntset()) {
            return addInteger(member.integer());
        }
        byte[] bytes = member.array();
        return add(bytes, member.offset(), member.length());
    }

    /** Adds a member; false when it is one already. Converts the set where its limits say so. */
    public boolean add(byte[] bytes, int offset, int length) {
        if (isIntset()) {
            if (Numbers.isLong(bytes, offset, length)) {
                return addInteger(Numbers.parseLong(bytes, offset, length));
            }
            toTable();
        }
        if (super.find(bytes, offset, length)) {
            return false;
        }
        packed.append(bytes, offset, length);
        return true;
    }

    private boolean addInteger(long value) {
        int found = Intset.find(array(), start(), value);
        if (found >= 0) {
            return false;
        }
        resize(Intset.bytesWith(array(), start(), value));
        Intset.insert(array(), start(), -found - 1, value);
        if (Intset.size(array(), start()) > Math.min(limits().setIntsetEntries(), MAX_INTSET_ENTRIES)) {
            toTable();
        }
        return true;
    }

    /** Makes the intset a listpack. */
    private void toTable() {
        byte[] old = table.value(ref);
        int size = Intset.size(old, 0);
        int bytes = Listpack.EMPTY_BYTES;
        for (int i = 0; i < size; i++) {
            bytes += Listpack.bytesOf(Intset.get(old, 0, i));
        }
        resize(bytes);
        encoding(Encoding.HASHTABLE);
        byte[] page = array();
        int start = start();
        Listpack.header(page, start, bytes, size);
        int p = start + Listpack.HEADER_BYTES;
        for (int i = 0; i < size; i++) {
            p = Listpack.write(page, p, Intset.get(old, 0, i));
        }
        Listpack.end(page, p);
        index = -1;
    }

    @Override
    public void remove() {
        if (!isIntset()) {
            super.remove();
            return;
        }
        own();
        Intset.remove(array(), start(), index);
        resize(Intset.bytes(array(), start()));
        index = -1;
    }
}
