package io.kdb.server.store;

/**
 * How a sorted set's members are kept and found: packed or in trees. Owner: its {@link SortedSetValue}.
 *
 * <p>It has one place at which it stands, and remembers what {@link #find} found. Every change voids both, and
 * {@link #foundRank} the place.
 */
abstract class SortedSetForm {
    final SortedSetValue owner;
    /** What {@link #lexRange} found: ranks, the second exclusive. */
    long rangeFrom;

    long rangeTo;

    SortedSetForm(SortedSetValue owner) {
        this.owner = owner;
    }

    /** The record was opened, or this form is new to it. */
    abstract void opened();

    abstract long size();

    // ---- by member --------------------------------------------------------------------------------------------

    /** Looks the member up; what follows in this group is about it. */
    abstract boolean find(byte[] member, int offset, int length);

    abstract double foundScore();

    abstract long foundRank();

    /** The member, which {@link #find} has just not found. */
    abstract void insert(byte[] member, int offset, int length, double score);

    /** The member just found gets another score. */
    abstract void rescore(byte[] member, int offset, int length, double score);

    /** The member just found is removed. */
    abstract void delete(byte[] member, int offset, int length);

    // ---- by place ---------------------------------------------------------------------------------------------

    /** Goes to the member of this rank, which exists. */
    abstract void seek(long rank);

    /** Goes to the member behind; false, and it stands nowhere, when there is none. */
    abstract boolean next();

    abstract boolean previous();

    abstract Element member(Element view);

    abstract double score();

    abstract void deleteRange(long from, long to);

    /** As {@link Elements#scan}; {@link #member} and {@link #score} are about the member visited. */
    abstract long scan(long cursor, Runnable visit);

    // ---- ranges -----------------------------------------------------------------------------------------------

    /** How many members have a score below this one, or not above it. */
    abstract long countBelow(double score, boolean orEqual);

    /** Finds the members within, whose scores should be the same; from the end when {@code backwards}. */
    abstract void lexRange(LexRange range, boolean backwards);
}
