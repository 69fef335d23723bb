package io.kdb.server.store;

import io.kdb.resp.Numbers;

/**
 * A set at its record: an intset, a listpack or a tree. Owner: as {@link CollectionValue}.
 *
 * <p>Note: a set of integers stays in the encoding of an intset up to the configured number, also when that is so high that it
 * is kept as a tree; only then its members are not in the order of numbers.
 */
public final class SetValue extends HashedValue {
    /** A set of more integers is never an intset, whatever is configured: as in Redis. */
    private static final long MAX_INTSET_ENTRIES = 1 << 30;

    private final Element integer = new Element();
    private final byte[] digits = new byte[Numbers.MAX_LONG_CHARS];
    private boolean isIntset;
    /** In an intset: the index of the member it stands on; -1 for none. */
    private int index;

    public SetValue() {
        super(1, HashedKind.SET);
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
        isIntset = !inTree && encoding() == Encoding.INTSET;
        index = -1;
    }

    private byte[] array() {
        return valueArray();
    }

    private int start() {
        return valueStart();
    }

    @Override
    public long size() {
        return isIntset ? Intset.size(array(), start()) : super.size();
    }

    @Override
    public boolean find(byte[] bytes, int offset, int length) {
        if (!isIntset) {
            return super.find(bytes, offset, length);
        }
        index = -1;
        return Numbers.isLong(bytes, offset, length) && findInteger(Numbers.parseLong(bytes, offset, length));
    }

    private boolean findInteger(long value) {
        index = Math.max(-1, Intset.find(array(), start(), value));
        return index >= 0;
    }

    /** Whether this is a member, which may be another set's; stands on it then. */
    public boolean contains(Element member) {
        if (member.isInteger() && isIntset) {
            return findInteger(member.integer());
        }
        byte[] bytes = member.array();
        return find(bytes, member.offset(), member.length());
    }

    /** The index of a member, which may be another set's; -1 when it is none. */
    public long indexOf(Element member) {
        return contains(member) ? index() : -1;
    }

    @Override
    long index() {
        return isIntset ? index : super.index();
    }

    @Override
    public boolean first() {
        return isIntset ? to(0) : super.first();
    }

    @Override
    public boolean next() {
        return isIntset ? to(index + 1) : super.next();
    }

    @Override
    public void seekIndex(long wanted) {
        if (isIntset) {
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
        return isIntset ? integer.integer(Intset.get(array(), start(), index)) : super.element();
    }

    /** Makes a new set one of the members of this intset, which is known to be sound. */
    public void fillIntset(byte[] intset) {
        int size = Intset.size(intset, 0);
        if (size <= limits().setIntsetEntries() && intset.length <= PACKED_LIMIT_BYTES) {
            fillPacked(intset);
            return;
        }
        for (int i = 0; i < size; i++) {
            addInteger(Intset.get(intset, 0, i));
        }
    }

    /** Adds a member, which may be another set's; false when it is one already. */
    public boolean add(Element member) {
        if (member.isInteger() && isIntset) {
            return addInteger(member.integer());
        }
        byte[] bytes = member.array();
        return add(bytes, member.offset(), member.length());
    }

    /** Adds a member; false when it is one already. Converts the set where its limits say so. */
    public boolean add(byte[] bytes, int offset, int length) {
        if (isIntset) {
            if (Numbers.isLong(bytes, offset, length)) {
                return addInteger(Numbers.parseLong(bytes, offset, length));
            }
            toTable();
        }
        if (!inTree) {
            return addPacked(bytes, offset, length);
        }
        if (encoding() == Encoding.INTSET && !Numbers.isLong(bytes, offset, length)) {
            encoding(Encoding.HASHTABLE);
        }
        return addInTree(bytes, offset, length);
    }

    private boolean addPacked(byte[] bytes, int offset, int length) {
        if (super.find(bytes, offset, length)) {
            return false;
        }
        if (Listpack.bytesOf(bytes, offset, length) > PACKED_TABLE_BYTES - packed.bytes()) {
            toTree();
            return addInTree(bytes, offset, length);
        }
        packed.append(bytes, offset, length);
        return true;
    }

    private boolean addInTree(byte[] bytes, int offset, int length) {
        if (tree.find(bytes, offset, length)) {
            return false;
        }
        own();
        try {
            tree.add();
        } finally {
            saveTree(0, tree);
        }
        if (encoding() == Encoding.INTSET && tree.size() > maxIntset()) {
            encoding(Encoding.HASHTABLE);
        }
        return true;
    }

    private long maxIntset() {
        return Math.min(limits().setIntsetEntries(), MAX_INTSET_ENTRIES);
    }

    private boolean addInteger(long value) {
        int found = Intset.find(array(), start(), value);
        if (found >= 0) {
            return false;
        }
        int bytes = Intset.bytesWith(array(), start(), value);
        if (Intset.size(array(), start()) >= maxIntset()) {
            toTable();
        } else if (bytes > PACKED_LIMIT_BYTES) {
            toTree();
            isIntset = false;
        } else {
            resize(bytes);
            Intset.insert(array(), start(), -found - 1, value);
            return true;
        }
        int length = Numbers.write(value, digits, 0);
        return inTree ? addInTree(digits, 0, length) : addPacked(digits, 0, length);
    }

    /** Gives the intset the encoding of all other sets. */
    private void toTable() {
        int size = Intset.size(array(), start());
        int bytes = Listpack.EMPTY_BYTES;
        for (int i = 0; i < size; i++) {
            bytes += Listpack.bytesOf(Intset.get(array(), start(), i));
        }
        if (bytes > PACKED_TABLE_BYTES) {
            toTree();
            encoding(Encoding.HASHTABLE);
        } else {
            toListpack(bytes, size);
        }
        isIntset = false;
        index = -1;
    }

    private void toListpack(int bytes, int size) {
        byte[] old = table.value(ref);
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
    }

    @Override
    public void remove() {
        if (!isIntset) {
            super.remove();
            return;
        }
        own();
        Intset.remove(array(), start(), index);
        resize(Intset.bytes(array(), start()));
        index = -1;
    }

    @Override
    void addToTree() {
        Element member = element();
        byte[] bytes = member.array();
        boolean found = tree.find(bytes, member.offset(), member.length());
        assert !found : "member: twice (expected: once)";
        tree.add();
    }
}
