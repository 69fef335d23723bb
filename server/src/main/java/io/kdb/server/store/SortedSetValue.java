package io.kdb.server.store;

/**
 * A sorted set at its record: members by bytes, by score and by rank. Owner: as {@link CollectionValue}.
 *
 * <p>Two places are remembered: the member that {@link #find} found, and the one it stands on. Every change voids both. Ranks count from the lowest score, members of one score in the order of their bytes.
 */
public final class SortedSetValue extends CollectionValue implements Elements {
    final PackedValue packed = new PackedValue(this);
    private final PackedSortedSet packedForm = new PackedSortedSet(this, packed);
    private final TreeSortedSet treeForm = new TreeSortedSet(this);
    private final Element element = new Element();
    private SortedSetForm form = packedForm;
    private boolean isFilling;
    private boolean hasNegativeZero;
    private long from;
    private long to;

    @Override
    public int type() {
        return ValueType.ZSET;
    }

    @Override
    int newEncoding() {
        return Encoding.LISTPACK;
    }

    @Override
    public void touched(ElementTouch ahead) {
        treeForm.touched(ahead);
    }

    @Override
    void opened() {
        isFilling = false;
        SortedSetForm its = isTree() ? treeForm : packedForm;
        if (form != its) {
            form = its;
        }
        form.opened();
    }

    @Override
    public long size() {
        return form.size();
    }

    // ---- by member --------------------------------------------------------------------------------------------

    /** Looks a member up; {@link #score}, {@link #rank}, {@link #rescore} and {@link #delete} are about it. */
    public boolean find(byte[] member, int offset, int length) {
        return form.find(member, offset, length);
    }

    /** The score of the member found. */
    public double score() {
        return form.foundScore();
    }

    /** The rank of the member found. */
    public long rank() {
        return form.foundRank();
    }

    /** Adds a member, which {@link #find} has just not found or which is known to be absent. The score is a number. */
    public void insert(byte[] member, int offset, int length, double score) {
        assert !Double.isNaN(score) : "score: NaN";
        makeRoom(member, offset, length, score);
        form.insert(member, offset, length, score);
    }

    /** Takes the encoding that Redis would, and the form that suits it: what is no listpack to Redis is a tree. */
    private void makeRoom(byte[] member, int offset, int length, double score) {
        boolean isListpack = encoding() == Encoding.LISTPACK;
        boolean isLarge = isListpack && (size() + 1 > limits().zsetEntries() || length > limits().zsetValue());
        if (form == packedForm) {
            int bytes = packed.bytes() + packedForm.bytesOf(member, offset, length, score);
            if (isLarge || !isListpack || bytes > PACKED_LIMIT_BYTES) {
                treeForm.takeFrom(packedForm);
                form = treeForm;
            }
        }
        if (isLarge) {
            encoding(Encoding.SKIPLIST);
        }
    }

    /** Gives the member just found another score, which is a number. */
    public void rescore(byte[] member, int offset, int length, double score) {
        assert !Double.isNaN(score) : "score: NaN";
        form.rescore(member, offset, length, score);
    }

    /** Removes the member just found. */
    public void delete(byte[] member, int offset, int length) {
        form.delete(member, offset, length);
    }

    /**
     * What is inserted from here to {@link #endFill} is a whole. Redis puts it into a skip list first, which keeps the sign of a
     * zero, and at the end into a listpack, if it fits, which does not.
     */
    public void beginFill() {
        isFilling = true;
        hasNegativeZero = false;
    }

    public void endFill() {
        isFilling = false;
        if (!hasNegativeZero || encoding() != Encoding.LISTPACK) {
            return;
        }
        range(new ScoreRange(0, false, 0, false));
        for (long rank = from; rank < to; rank++) {
            seekIndex(rank);
            byte[] member = element().copy();
            boolean isThere = find(member, 0, member.length);
            assert isThere : "member: not there";
            delete(member, 0, member.length);
            insert(member, 0, member.length, 0);
        }
    }

    /** Whether a score is kept as the zero without a sign. */
    boolean dropsSign(double score) {
        boolean isNegative = score == 0 && Double.doubleToRawLongBits(score) != 0;
        hasNegativeZero |= isNegative;
        return isNegative && !isFilling && encoding() == Encoding.LISTPACK;
    }

    /** The score that a listpack's entry is; NaN when it is no number. */
    public static double score(byte[] listpack, int entry) {
        return PackedSortedSet.score(listpack, entry);
    }

    /**
     * Makes a new sorted set one of the members and scores of this listpack, which is known to be sound, to have each member
     * once and numbers for scores; they may be in no order.
     */
    public void fill(byte[] listpack) {
        if (listpack.length <= PACKED_LIMIT_BYTES && PackedSortedSet.isSorted(listpack)) {
            fillPacked(listpack);
            if (size() > limits().zsetEntries()) {
                treeForm.takeFrom(packedForm);
                form = treeForm;
                encoding(Encoding.SKIPLIST);
            }
            return;
        }
        for (int p = Listpack.HEADER_BYTES; !Listpack.isEnd(listpack, p); p = Listpack.next(listpack, p)) {
            byte[] member = Listpack.get(listpack, p, element).array();
            p = Listpack.next(listpack, p);
            insert(member, element.offset(), element.length(), score(listpack, p));
        }
    }

    // ---- by place ---------------------------------------------------------------------------------------------

    /** Goes to the member of this rank, which must exist. */
    @Override
    public void seekIndex(long rank) {
        form.seek(rank);
    }

    @Override
    public boolean first() {
        if (isEmpty()) {
            return false;
        }
        seekIndex(0);
        return true;
    }

    @Override
    public boolean next() {
        return form.next();
    }

    /** As {@link #next}, the other way. */
    public boolean previous() {
        return form.previous();
    }

    @Override
    public long scan(long cursor, Runnable visit) {
        return form.scan(cursor, visit);
    }

    @Override
    public Element element() {
        return form.member(element);
    }

    /** The score of the member here. */
    public double scoreHere() {
        return form.score();
    }

    /** The score of the member here as it is kept when that is a text or an integer, else null: ZSCAN shows that. */
    public Element scoreText(Element view) {
        if (encoding() != Encoding.LISTPACK) {
            return null; // SORT made it no listpack to Redis, though it may still be packed
        }
        if (form == packedForm) {
            return packedForm.scoreText(view);
        }
        double score = form.score();
        return PackedSortedSet.isInteger(score) ? view.integer((long) score) : null;
    }

    /** Removes the members from one rank up to, but not including, another. */
    public void deleteRange(long fromRank, long toRank) {
        if (fromRank < toRank) {
            form.deleteRange(fromRank, toRank);
        }
    }

    // ---- ranges -----------------------------------------------------------------------------------------------

    /** Finds the members within; {@link #rangeFrom} and {@link #rangeTo} are their ranks. */
    public void range(ScoreRange range) {
        from = 0;
        to = 0;
        if (range.mayContain()) {
            from = form.countBelow(range.min(), range.isMinExclusive());
            to = Math.max(from, form.countBelow(range.max(), !range.isMaxExclusive()));
        }
    }

    /** As {@link #range(ScoreRange)}; the members' scores should all be the same. {@code backwards}: looks from the end. */
    public void range(LexRange range, boolean backwards) {
        form.lexRange(range, backwards);
        from = form.rangeFrom;
        to = form.rangeTo;
    }

    /** The first rank of the range. */
    public long rangeFrom() {
        return from;
    }

    /** The rank behind the range. */
    public long rangeTo() {
        return to;
    }
}
