package io.kdb.server.store;

/**
 * A sorted set at its record: members by bytes, by score and by rank. Owner: as {@link CollectionValue}.
 *
 * <p>Two places are remembered: the member that {@link #find} found, and the one it stands on. Every change voids both. Ranks count from the lowest score, members of one score in the order of their bytes.
 */
public final class SortedSetValue extends CollectionValue implements Elements {
    final PackedValue packed = new PackedValue(this);
    private final PackedSortedSet packedForm = new PackedSortedSet(this, packed);
    private final Element element = new Element();
    private SortedSetForm form = packedForm;
    private boolean byHash;
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
    void opened() {
        form = packedForm;
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
        assert score == score : "score: NaN";
        if (encoding() == Encoding.LISTPACK && (size() + 1 > limits().zsetEntries() || length > limits().zsetValue())) {
            encoding(Encoding.SKIPLIST);
        }
        form.insert(member, offset, length, score);
    }

    /** Gives the member just found another score, which is a number. */
    public void rescore(byte[] member, int offset, int length, double score) {
        assert score == score : "score: NaN";
        form.rescore(member, offset, length, score);
    }

    /** Removes the member just found. */
    public void delete(byte[] member, int offset, int length) {
        form.delete(member, offset, length);
    }

    // ---- by place ---------------------------------------------------------------------------------------------

    /** Goes to the member of this rank, which must exist. */
    @Override
    public void seekIndex(long rank) {
        byHash = false;
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

    /** Goes to the member behind, by rank, or by position during {@link #scan}. */
    @Override
    public boolean next() {
        return byHash ? form.nextPosition() : form.next();
    }

    /** As {@link #next} by rank, the other way. */
    public boolean previous() {
        return form.previous();
    }

    @Override
    public long scan(long cursor, Runnable visit) {
        boolean more = seek(cursor);
        long last = more ? form.position() : 0;
        while (more && form.position() == last) {
            visit.run();
            more = next();
        }
        return more ? form.position() : 0;
    }

    private boolean seek(long position) {
        byHash = true;
        return form.seekPosition(position);
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
        return form == packedForm && encoding() == Encoding.LISTPACK ? packedForm.scoreText(view) : null;
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
