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

    /** Stands on the first element whose {@link #position} is not before this; in a packed collection on the first. */
    boolean seek(long position);

    /** Where it stands, as a cursor for {@link #seek}: 0 in a packed collection, and where it stands on no element. */
    long position();

    /** The element it stands on; the view is used again. */
    Element element();
}
