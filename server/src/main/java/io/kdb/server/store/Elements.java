package io.kdb.server.store;

/**
 * A collection that can be walked, whole, in steps or by chance: it stands on one element after each method that has
 * answered true, until the next change. Owner: as {@link CollectionValue}.
 */
public interface Elements {
    long size();

    /** Stands on the first element, if there is any. */
    boolean first();

    /** Goes to the next element; false when there is none: it then stands on none. */
    boolean next();

    /** Stands on the element of this index in the order of {@link #next}; it must exist. */
    void seekIndex(long index);

    /**
     * Visits a few elements, standing on each, from a cursor on, and answers the cursor behind them: 0 at the end. An element
     * that is there from the first step to the last is visited. What is packed is visited at once.
     */
    long scan(long cursor, Runnable visit);

    /** The element it stands on; the view is used again. */
    Element element();
}
