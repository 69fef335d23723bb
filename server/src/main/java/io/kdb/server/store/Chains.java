package io.kdb.server.store;

import java.util.Arrays;

/**
 * Byte strings longer than a block, in pieces of equal size. Owner: the segment's lock.
 *
 * <p>A chain is known by its handle of 16 bytes, which lies in a record: length, piece count, root. Up to 2048 pieces the
 * root is one index block of piece addresses; above, a block of index block addresses. Index blocks and pieces are
 * shared between a chain and its copy until one of them writes: the upper half of the block header counts the further
 * owners. So a snapshot can hold half a gigabyte still without copying it.
 */
final class Chains {
    /** Payload of a full piece. */
    static final int PIECE = BlockAllocator.MAX_BYTES - 8;

    static final int HANDLE_BYTES = 16;
    private static final int INDEX_SHIFT = 11;
    private static final int INDEX = 1 << INDEX_SHIFT;
    /** What {@link #freeSome} frees at once: a whole index block, which therefore may be shared. */
    static final int PIECES_PER_SLICE = INDEX;

    private static final int MAX_PIECES = INDEX * 3500; // what a root block can hold: some 110 GiB

    private final BlockAllocator blocks;

    Chains(BlockAllocator blocks) {
        this.blocks = blocks;
    }

    static long length(byte[] page, int at) {
        return Bytes.getLong(page, at);
    }

    static int pieces(byte[] page, int at) {
        return Bytes.getInt(page, at + 8);
    }

    static int pieceCount(long length) {
        return (int) ((length + PIECE - 1) / PIECE);
    }

    private static int root(byte[] page, int at) {
        return Bytes.getInt(page, at + 12);
    }

    private static void put(byte[] page, int at, long length, int pieces, int root) {
        Bytes.putLong(page, at, length);
        Bytes.putInt(page, at + 8, pieces);
        Bytes.putInt(page, at + 12, root);
    }

    /** Writes the handle of a new chain of undefined bytes; false, with nothing kept, when memory is short. */
    boolean create(byte[] page, int at, long length) {
        put(page, at, 0, 0, 0);
        if (resize(page, at, length)) {
            return true;
        }
        free(page, at);
        return false;
    }

    /** Grows (by undefined bytes) or cuts; false when memory is short, then the length is what it was. */
    boolean resize(byte[] page, int at, long newLength) {
        int have = pieces(page, at);
        int want = pieceCount(newLength);
        if (want > MAX_PIECES) {
            return false;
        }
        if (want < have) {
            if (want > 0 && ownIndex(page, at, want - 1) == 0) {
                return false;
            }
            dropPieces(page, at, want);
        } else if (!fitLast(page, at, want > have ? PIECE : lastLength(newLength))
                || !addPieces(page, at, newLength, want)) {
            dropPieces(page, at, have);
            return false;
        }
        Bytes.putLong(page, at, newLength);
        return true;
    }

    private static int lastLength(long length) {
        return length == 0 ? 0 : (int) ((length - 1) % PIECE) + 1;
    }

    private boolean addPieces(byte[] page, int at, long newLength, int want) {
        for (int i = pieces(page, at); i < want; i++) {
            boolean whole = i < want - 1 || (i > 0 && length(page, at) > 0); // a chain that grows once will grow again
            int size = whole ? PIECE : lastLength(newLength);
            int piece = blocks.allocate(BlockAllocator.granules(8L + size));
            if (piece == 0) {
                return false;
            }
            if (!addEntry(page, at, i, piece)) {
                blocks.free(piece);
                return false;
            }
        }
        return true;
    }

    private boolean addEntry(byte[] page, int at, int i, int piece) {
        int slot = i & (INDEX - 1);
        int root = root(page, at);
        if (i < INDEX) {
            root = i == 0 ? newIndex(4) : roomier(ownIndex(page, at, i), slot, INDEX);
            if (root == 0) {
                return false;
            }
            Bytes.putInt(page, at + 12, root);
            setEntry(root, slot, piece);
        } else {
            if (slot == 0 && !addIndex(page, at, i >>> INDEX_SHIFT)) {
                return false;
            }
            int index = ownIndex(page, at, i);
            if (index == 0) {
                return false;
            }
            setEntry(index, slot, piece);
        }
        Bytes.putInt(page, at + 8, i + 1);
        return true;
    }

    /** A full index block as entry n of the root; the first time, the only index block becomes entry 0 of a new root. */
    private boolean addIndex(byte[] page, int at, int n) {
        int index = newIndex(INDEX);
        if (index == 0) {
            return false;
        }
        int root;
        if (n == 1) {
            root = newIndex(4);
            if (root != 0) {
                setEntry(root, 0, root(page, at));
            }
        } else {
            root = roomier(root(page, at), n, 4000);
        }
        if (root == 0) {
            blocks.free(index);
            return false;
        }
        setEntry(root, n, index);
        Bytes.putInt(page, at + 12, root);
        return true;
    }

    private int newIndex(int entries) {
        return blocks.allocate(BlockAllocator.granules(8L + 4L * entries));
    }

    private int entriesOf(int index) {
        return (blocks.blockGranules(index) - 1) * 2;
    }

    /** The index block itself when entry n fits, else a copy of twice the size in its place; 0 when memory is short. */
    private int roomier(int index, int n, int max) {
        if (index == 0 || n < entriesOf(index)) {
            return index;
        }
        int larger = newIndex(Math.min(max, n * 2));
        if (larger != 0) {
            System.arraycopy(
                    blocks.page(index),
                    blocks.offset(index) + 8,
                    blocks.page(larger),
                    blocks.offset(larger) + 8,
                    n * 4);
            blocks.free(index);
        }
        return larger;
    }

    private int entry(int index, int n) {
        return Bytes.getInt(blocks.page(index), blocks.offset(index) + 8 + n * 4);
    }

    private void setEntry(int index, int n, int address) {
        Bytes.putInt(blocks.page(index), blocks.offset(index) + 8 + n * 4, address);
    }

    private int indexOf(byte[] page, int at, int i) {
        int root = root(page, at);
        return pieces(page, at) <= INDEX ? root : entry(root, i >>> INDEX_SHIFT);
    }

    int piece(byte[] page, int at, int i) {
        return entry(indexOf(page, at, i), i & (INDEX - 1));
    }

    private int furtherOwners(int block) {
        return Bytes.getInt(blocks.page(block), blocks.offset(block) + 4);
    }

    private void addOwner(int block, int by) {
        Bytes.putInt(blocks.page(block), blocks.offset(block) + 4, furtherOwners(block) + by);
    }

    /** The index block of piece i, made this chain's alone; 0 when memory is short. */
    private int ownIndex(byte[] page, int at, int i) {
        boolean flat = pieces(page, at) <= INDEX && i < INDEX;
        int root = root(page, at);
        int n = i >>> INDEX_SHIFT;
        int index = flat ? root : entry(root, n);
        if (furtherOwners(index) == 0) {
            return index;
        }
        int copy = copyBlock(index);
        if (copy == 0) {
            return 0;
        }
        int count = Math.min(INDEX, pieces(page, at) - (n << INDEX_SHIFT));
        for (int e = 0; e < count; e++) {
            addOwner(entry(copy, e), 1);
        }
        addOwner(index, -1);
        if (flat) {
            Bytes.putInt(page, at + 12, copy);
        } else {
            setEntry(root, n, copy);
        }
        return copy;
    }

    private int copyBlock(int block) {
        int size = blocks.blockGranules(block);
        int copy = blocks.allocate(size);
        if (copy != 0) {
            System.arraycopy(
                    blocks.page(block),
                    blocks.offset(block) + 8,
                    blocks.page(copy),
                    blocks.offset(copy) + 8,
                    (size - 1) * 8);
        }
        return copy;
    }

    /** Piece i, made this chain's alone; 0 when memory is short. */
    private int ownPiece(byte[] page, int at, int i) {
        int index = ownIndex(page, at, i);
        if (index == 0) {
            return 0;
        }
        int piece = entry(index, i & (INDEX - 1));
        if (furtherOwners(piece) == 0) {
            return piece;
        }
        int copy = copyBlock(piece);
        if (copy != 0) {
            addOwner(piece, -1);
            setEntry(index, i & (INDEX - 1), copy);
        }
        return copy;
    }

    /** Makes the last piece hold at least this many bytes; if it has to be replaced, by a full one. */
    private boolean fitLast(byte[] page, int at, int size) {
        int last = pieces(page, at) - 1;
        if (last < 0) {
            return true;
        }
        int piece = piece(page, at, last);
        if ((blocks.blockGranules(piece) - 1) * 8 >= size) {
            return true;
        }
        int index = ownIndex(page, at, last);
        int larger = index == 0 ? 0 : blocks.allocate(BlockAllocator.MAX_GRANULES);
        if (larger == 0) {
            return false;
        }
        System.arraycopy(
                blocks.page(piece),
                blocks.offset(piece) + 8,
                blocks.page(larger),
                blocks.offset(larger) + 8,
                lastLength(length(page, at)));
        release(piece);
        setEntry(index, last & (INDEX - 1), larger);
        return true;
    }

    private void release(int block) {
        if (furtherOwners(block) > 0) {
            addOwner(block, -1);
        } else {
            blocks.free(block);
        }
    }

    /** Makes the pieces of this range the chain's alone; false, with all bytes as they were, when memory is short. */
    boolean own(byte[] page, int at, long from, long to) {
        for (long position = from - from % PIECE; position < to; position += PIECE) {
            if (ownPiece(page, at, (int) (position / PIECE)) == 0) {
                return false;
            }
        }
        return true;
    }

    /** False, with nothing written, when shared pieces could not be copied for want of memory. */
    boolean write(byte[] page, int at, long position, byte[] source, int offset, int length) {
        if (!own(page, at, position, position + length)) {
            return false;
        }
        long to = position;
        int from = offset;
        int left = length;
        while (left > 0) {
            int piece = piece(page, at, (int) (to / PIECE));
            int in = (int) (to % PIECE);
            int n = Math.min(left, PIECE - in);
            System.arraycopy(source, from, blocks.page(piece), blocks.offset(piece) + 8 + in, n);
            to += n;
            from += n;
            left -= n;
        }
        return true;
    }

    /** As {@link #write}, of zeros. */
    boolean zero(byte[] page, int at, long from, long to) {
        if (!own(page, at, from, to)) {
            return false;
        }
        long position = from;
        while (position < to) {
            int piece = piece(page, at, (int) (position / PIECE));
            int in = (int) (position % PIECE);
            int n = (int) Math.min(to - position, PIECE - in);
            int start = blocks.offset(piece) + 8 + in;
            Arrays.fill(blocks.page(piece), start, start + n, (byte) 0);
            position += n;
        }
        return true;
    }

    void read(byte[] page, int at, long position, byte[] target, int offset, int length) {
        long from = position;
        int to = offset;
        int left = length;
        while (left > 0) {
            int piece = piece(page, at, (int) (from / PIECE));
            int in = (int) (from % PIECE);
            int n = Math.min(left, PIECE - in);
            System.arraycopy(blocks.page(piece), blocks.offset(piece) + 8 + in, target, to, n);
            from += n;
            to += n;
            left -= n;
        }
    }

    byte[] pieceArray(byte[] page, int at, long position) {
        return blocks.page(piece(page, at, (int) (position / PIECE)));
    }

    int pieceOffset(byte[] page, int at, long position) {
        return blocks.offset(piece(page, at, (int) (position / PIECE))) + 8 + (int) (position % PIECE);
    }

    void free(byte[] page, int at) {
        dropPieces(page, at, 0);
    }

    /** Frees one slice of pieces from the end; true when all are freed. */
    boolean freeSome(byte[] page, int at) {
        int have = pieces(page, at);
        dropPieces(page, at, have == 0 ? 0 : (have - 1) / PIECES_PER_SLICE * PIECES_PER_SLICE);
        return pieces(page, at) == 0;
    }

    /** Frees the pieces from this one on; the index block of the last one kept must not be shared. */
    void dropPieces(byte[] page, int at, int keep) {
        int have = pieces(page, at);
        int root = root(page, at);
        boolean flat = have <= INDEX;
        int i = have;
        while (i > keep) {
            int n = (i - 1) >>> INDEX_SHIFT;
            int first = Math.max(keep, n << INDEX_SHIFT);
            int index = flat ? root : entry(root, n);
            if (furtherOwners(index) > 0 && first == n << INDEX_SHIFT) {
                addOwner(index, -1);
            } else {
                for (int e = i - 1; e >= first; e--) {
                    release(entry(index, e & (INDEX - 1)));
                }
                if (first == n << INDEX_SHIFT) {
                    blocks.free(index);
                }
            }
            i = first;
        }
        if (!flat && keep <= INDEX) {
            int only = keep == 0 ? 0 : entry(root, 0);
            blocks.free(root);
            root = only;
        } else if (keep == 0) {
            root = 0;
        }
        put(page, at, length(page, at), keep, root);
    }

    /** A second handle of the same bytes; false when memory is short. Costs one step for every 33 MB. */
    boolean share(byte[] page, int at, byte[] toPage, int toAt) {
        int count = pieces(page, at);
        int root = root(page, at);
        if (count > INDEX) {
            int copy = copyBlock(root);
            if (copy == 0) {
                return false;
            }
            for (int n = 0; n <= (count - 1) >>> INDEX_SHIFT; n++) {
                addOwner(entry(root, n), 1);
            }
            root = copy;
        } else if (count > 0) {
            addOwner(root, 1);
        }
        put(toPage, toAt, length(page, at), count, root);
        return true;
    }
}
