package io.kdb.server.store;

/**
 * What the leaves of a kind of {@link CountedTree} refer to outside of themselves: external elements, or trees of their own.
 * Immutable; one instance a kind, found by the number in a node's header, so that trees are freed, copied and shared without
 * knowing what they are.
 *
 * <p>Note: to add a kind, give it a number and a row in {@link LeafKinds}, extend {@link CountedTree} for its search and edits, and
 * write this class' three methods. A leaf that refers to nothing need not be looked at: set {@link TreeNode#REFERS} in the
 * header of one that does.
 */
abstract class LeafKind {
    static final int HASHED_SET = 1;
    static final int HASHED_MAP = 2;
    static final int SCORED = 3;
    static final int POSITIONAL = 4;
    /** Of an {@link IdTree}: keys of 16 bytes, whose values are addresses. */
    static final int KEYED = 5;
    /** Of an {@link IdTree}: keys of up to 32 bytes, whose values are not. */
    static final int KEYED_WIDE = 6;

    final int number;
    /** Bytes of a separator in the inner nodes: 0, 8 or 16 in a {@link CountedTree}. */
    final int separatorBytes;

    LeafKind(int number, int separatorBytes) {
        this.number = number;
        this.separatorBytes = separatorBytes;
    }

    /** The kind of this number. */
    static LeafKind of(int number) {
        return LeafKinds.of(number);
    }

    /** Adds an owner to every block that the leaf refers to: the leaf has been copied. */
    abstract void retain(Trees trees, byte[] page, int at);

    /** Takes an owner from every block that the leaf refers to: the leaf is being freed. */
    abstract void release(Trees trees, byte[] page, int at);

    /**
     * Puts copies in place of every block that the leaf, a byte for byte copy of one in another segment, refers to.
     *
     * @throws StoreFull with the leaf referring to copies only (its count cut, or its references removed)
     */
    abstract void copy(Trees from, Trees to, byte[] page, int at);
}
