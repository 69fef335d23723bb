package io.kdb.server.store;

/**
 * A sorted set in two trees: its members, found by hash, with their scores, and the members in order. A long member lies in a
 * block of its own that both refer to. Owner: its {@link SortedSetValue}.
 *
 * <p>Note: every change takes first what needs memory, in both trees, so that it happens in both or not at all.
 */
final class TreeSortedSet extends SortedSetForm {
    private static final int MEMBERS = 0;
    static final int ORDER = 1;
    /** From so many removals on it is cheaper to keep the rest, where that is little. */
    private static final int MANY = 512;

    private final HashedTree members = new HashedTree(HashedKind.MAP);
    private final ScoredTree order = new ScoredTree();
    private final Element view = new Element();
    private final byte[] scoreBytes = new byte[ScoredLeaf.SCORE_BYTES];
    private boolean scans;

    // what was looked up last, while the path to it is good
    private boolean isLookedUp;
    private boolean isThere;
    private byte[] array;
    private int from;
    private int length;
    private double found;

    TreeSortedSet(SortedSetValue owner) {
        super(owner);
    }

    void touched(ElementTouch ahead) {
        members.touched(ahead);
    }

    @Override
    void opened() {
        owner.openTree(MEMBERS, members);
        owner.openTree(ORDER, order);
        scans = false;
        isLookedUp = false;
    }

    private void save() {
        owner.saveTree(MEMBERS, members);
        owner.saveTree(ORDER, order);
    }

    /** Takes everything over from a packed set, whose record becomes this form's. */
    void takeFrom(PackedSortedSet packed) {
        members.create(owner.trees());
        order.create(owner.trees());
        scans = false;
        isLookedUp = false;
        try {
            long size = packed.size();
            if (size > 0) {
                packed.seek(0);
            }
            for (long i = 0; i < size; i++) {
                Element member = packed.member(view);
                byte[] bytes = member.array();
                add(bytes, member.offset(), member.length(), packed.score());
                packed.next();
            }
            owner.becomeTree(0, members, order);
        } catch (StoreFull full) {
            members.clear();
            order.clear();
            throw full;
        }
    }

    @Override
    long size() {
        return members.size();
    }

    // ---- by member --------------------------------------------------------------------------------------------

    @Override
    boolean find(byte[] member, int offset, int size) {
        isThere = members.find(member, offset, size);
        isLookedUp = true;
        if (array != member) {
            array = member;
        }
        from = offset;
        length = size;
        found = isThere ? scoreOfMember() : 0;
        return isThere;
    }

    /** As {@link #find}, which has perhaps just been done; the path is going to be changed. */
    private boolean locate(byte[] member, int offset, int size) {
        if (!isLookedUp || array != member || from != offset || length != size) {
            find(member, offset, size);
        }
        isLookedUp = false;
        return isThere;
    }

    private double scoreOfMember() {
        Element value = members.value(view);
        return Double.longBitsToDouble(Bytes.getLong(value.array(), value.offset()));
    }

    @Override
    double foundScore() {
        return found;
    }

    @Override
    long foundRank() {
        boolean there = order.find(found, array, from, length);
        assert there : "member: not among the ordered ones";
        return order.rank();
    }

    @Override
    void insert(byte[] member, int offset, int size, double score) {
        owner.own();
        try {
            add(member, offset, size, score);
        } finally {
            save();
        }
    }

    /** Adds a member, which is not there, to both trees. */
    private void add(byte[] member, int offset, int size, double score) {
        boolean there = locate(member, offset, size);
        assert !there : "member: there already";
        double kept = owner.dropsSign(score) ? 0 : score;
        Bytes.putLong(scoreBytes, 0, Double.doubleToRawLongBits(kept));
        members.add(scoreBytes, 0, scoreBytes.length);
        try {
            order.find(kept, member, offset, size);
            order.insert(members.externalElement());
        } catch (StoreFull full) {
            members.remove();
            throw full;
        }
    }

    @Override
    void rescore(byte[] member, int offset, int size, double score) {
        owner.own();
        boolean there = locate(member, offset, size);
        assert there : "member: not there";
        double old = found;
        try {
            members.own();
            there = order.find(score, member, offset, size);
            assert !there : "score: the member's already";
            order.insert(members.externalElement());
            try {
                order.find(old, member, offset, size);
                order.own();
            } catch (StoreFull full) {
                order.find(score, member, offset, size);
                order.remove();
                throw full;
            }
            order.remove();
            Bytes.putLong(scoreBytes, 0, Double.doubleToRawLongBits(score));
            members.setValue(scoreBytes, 0, scoreBytes.length);
        } finally {
            save();
        }
    }

    @Override
    void delete(byte[] member, int offset, int size) {
        owner.own();
        boolean there = locate(member, offset, size);
        assert there : "member: not there";
        try {
            members.own();
            there = order.find(found, member, offset, size);
            assert there : "member: not among the ordered ones";
            order.remove();
            members.remove();
        } finally {
            save();
        }
    }

    // ---- by place ---------------------------------------------------------------------------------------------

    @Override
    void seek(long rank) {
        scans = false;
        order.at(rank);
    }

    @Override
    boolean next() {
        return order.next();
    }

    @Override
    boolean previous() {
        return order.previous();
    }

    @Override
    Element member(Element shown) {
        return scans ? members.element(shown) : order.member(shown);
    }

    @Override
    double score() {
        return scans ? scoreOfMember() : order.score();
    }

    @Override
    long scan(long cursor, Runnable visit) {
        scans = true;
        isLookedUp = false;
        long next = members.scan(cursor);
        for (int i = 0; i < members.entriesInLeaf(); i++) {
            members.atInLeaf(i);
            visit.run();
        }
        return next;
    }

    @Override
    void deleteRange(long fromRank, long toRank) {
        owner.own();
        isLookedUp = false;
        long count = toRank - fromRank;
        try {
            if (count == size()) {
                clear();
            } else if (count < MANY || size() - count > count / 2 || !keepOutside(fromRank, toRank)) {
                deleteEach(fromRank, count);
            }
        } finally {
            save();
        }
    }

    /** Frees both trees, in slices. */
    private void clear() {
        members.clear();
        order.clear();
    }

    private void deleteEach(long fromRank, long count) {
        for (long left = count; left > 0; left--) {
            order.at(fromRank);
            Element member = order.member(view);
            byte[] bytes = member.array();
            boolean there = members.findTaken(bytes, member.offset(), member.length());
            assert there : "member: not among the members";
            members.own();
            order.own();
            members.removeOwned();
            order.removeOwned();
        }
    }

    /** Puts new trees of the few members outside of the range in the old ones' place; false, and nothing done, without memory. */
    private boolean keepOutside(long fromRank, long toRank) {
        HashedTree keptMembers = new HashedTree(HashedKind.MAP);
        ScoredTree keptOrder = new ScoredTree();
        keptMembers.create(owner.trees());
        keptOrder.create(owner.trees());
        try {
            keep(keptMembers, keptOrder, 0, fromRank);
            keep(keptMembers, keptOrder, toRank, size());
        } catch (StoreFull full) {
            keptMembers.clear();
            keptOrder.clear();
            return false;
        }
        clear();
        byte[] descriptor = new byte[TreePath.DESCRIPTOR_BYTES];
        keptMembers.save(descriptor, 0);
        members.open(owner.trees(), descriptor, 0);
        keptOrder.save(descriptor, 0);
        order.open(owner.trees(), descriptor, 0);
        return true;
    }

    private void keep(HashedTree keptMembers, ScoredTree keptOrder, long fromRank, long toRank) {
        if (fromRank == toRank) {
            return;
        }
        order.at(fromRank);
        for (long left = toRank - fromRank; left > 0; left--) {
            Element member = order.member(view);
            byte[] bytes = member.array();
            double score = order.score();
            Bytes.putLong(scoreBytes, 0, Double.doubleToRawLongBits(score));
            keptMembers.find(bytes, member.offset(), member.length());
            keptMembers.add(scoreBytes, 0, scoreBytes.length);
            keptOrder.find(score, bytes, member.offset(), member.length());
            keptOrder.insert(keptMembers.externalElement());
            order.next();
        }
    }

    // ---- ranges -----------------------------------------------------------------------------------------------

    @Override
    long countBelow(double score, boolean orEqual) {
        return order.countBelow(score, orEqual);
    }

    @Override
    void lexRange(LexRange range, boolean backwards) {
        rangeFrom = 0;
        rangeTo = 0;
        if (size() == 0 || !range.mayContain()) {
            return;
        }
        order.at(size() - 1);
        boolean mayContain = range.isAboveMin(order.member(view));
        order.at(0);
        if (mayContain && range.isBelowMax(order.member(view))) {
            rangeFrom = bound(range.min(), range.min().isExclusive());
            rangeTo = Math.max(rangeFrom, bound(range.max(), !range.max().isExclusive()));
        }
    }

    private long bound(LexRange.Bound bound, boolean orEqual) {
        if (bound.open() != 0) {
            return bound.open() < 0 ? 0 : size();
        }
        return order.countBelow(bound.array(), bound.offset(), bound.length(), orEqual);
    }
}
