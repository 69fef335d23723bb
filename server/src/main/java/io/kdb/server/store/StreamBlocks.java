package io.kdb.server.store;

/**
 * The blocks that a tree of a stream refers to by address: nodes, or groups and consumers. Owner: their {@link StreamView}; the
 * segment's lock.
 *
 * <p>Note: a block is an external element to {@link Trees}: of kind 0, its further owners counted in its header. Its bytes, some
 * of a fixed number and others, lie behind the header; where the others do not fit, the header is flagged
 * {@link TreeNode#REFERS} and followed by the handle of a chain of them, then by the fixed ones.
 */
final class StreamBlocks {
    private static final int HEADER_BYTES = 8;

    private final int fixedBytes;
    private final IdTree tree;
    private Trees trees;

    /**
     * @param fixedBytes bytes that are never part of the chain
     * @param tree the one that refers to the blocks; it is told what they take
     */
    StreamBlocks(int fixedBytes, IdTree tree) {
        this.fixedBytes = fixedBytes;
        this.tree = tree;
    }

    void open(Trees itsTrees) {
        if (trees != itsTrees) {
            trees = itsTrees;
        }
    }

    Chains chains() {
        return trees.chains;
    }

    byte[] page(int address) {
        return trees.page(address);
    }

    boolean isChained(int address) {
        return TreeNode.refers(trees.page(address), trees.at(address));
    }

    /** Where the fixed bytes begin, and behind them, in a block without a chain, the others. */
    int at(int address) {
        return trees.at(address) + HEADER_BYTES + (isChained(address) ? Chains.HANDLE_BYTES : 0);
    }

    /** Where the chain's handle lies. */
    int handle(int address) {
        return trees.at(address) + HEADER_BYTES;
    }

    /** How many bytes, the fixed ones not counted, lie in a block at most. */
    int maxInline() {
        return BlockAllocator.MAX_BYTES - HEADER_BYTES - fixedBytes;
    }

    private int capacity(int address) {
        return trees.blockBytes(address) - HEADER_BYTES - fixedBytes;
    }

    /** What a block takes, its chain included. */
    long bytes(int address) {
        byte[] page = trees.page(address);
        int at = trees.at(address);
        return trees.blockBytes(address) + (TreeNode.refers(page, at) ? Chains.length(page, at + HEADER_BYTES) : 0L);
    }

    /** A block with room for so many bytes behind the fixed ones, or with a chain of them. */
    int create(long bytes) {
        boolean chained = bytes > maxInline();
        long more = chained ? Chains.HANDLE_BYTES : bytes;
        int block = trees.allocate((int) (HEADER_BYTES + fixedBytes + more));
        if (chained) {
            byte[] page = trees.page(block);
            if (!trees.chains.create(page, handle(block), bytes)) {
                trees.blocks.free(block);
                throw new StoreFull();
            }
            TreeNode.addFlag(page, trees.at(block), TreeNode.REFERS);
        }
        tree.externalBytesChanged(bytes(block));
        return block;
    }

    /** The block itself when it has no further owners, else a copy of it in its owner's place. */
    int own(int address) {
        if (trees.furtherOwners(address) == 0) {
            return address;
        }
        int copy = copyWithin(address, trees.blockBytes(address));
        trees.dropOwner(address);
        return copy;
    }

    private int copyWithin(int address, int bytes) {
        int copy = trees.allocate(bytes);
        byte[] page = trees.page(address);
        byte[] copyPage = trees.page(copy);
        int same = Math.min(bytes, trees.blockBytes(address)) - HEADER_BYTES;
        System.arraycopy(page, trees.at(address) + HEADER_BYTES, copyPage, trees.at(copy) + HEADER_BYTES, same);
        if (isChained(address)) {
            if (!trees.chains.share(page, handle(address), copyPage, handle(copy))) {
                trees.blocks.free(copy);
                throw new StoreFull();
            }
            TreeNode.addFlag(copyPage, trees.at(copy), TreeNode.REFERS);
        }
        return copy;
    }

    /** Makes an owned block, without a chain, large enough for so many bytes; answers where it is now. */
    int grow(int address, int bytes, int wanted) {
        if (bytes <= capacity(address)) {
            return address;
        }
        int before = trees.blockBytes(address);
        int size = HEADER_BYTES + fixedBytes + Math.max(bytes, Math.min(maxInline(), wanted));
        if (trees.blocks.extend(address, BlockAllocator.granules(size))) {
            tree.externalBytesChanged(trees.blockBytes(address) - before);
            return address;
        }
        int larger = copyWithin(address, size);
        trees.blocks.free(address);
        tree.externalBytesChanged(trees.blockBytes(larger) - before);
        return larger;
    }

    /** Gives an owned block's end behind so many bytes back. */
    void trim(int address, int bytes) {
        int before = trees.blockBytes(address);
        trees.blocks.trim(address, BlockAllocator.granules((long) HEADER_BYTES + fixedBytes + bytes));
        tree.externalBytesChanged(trees.blockBytes(address) - before);
    }

    /** Makes these bytes the chain of an owned block; out of memory, the chain's bytes stay what they were. */
    void writeChain(int address, byte[] bytes, int length) {
        byte[] page = trees.page(address);
        int handle = handle(address);
        long before = Chains.length(page, handle);
        if (!trees.chains.own(page, handle, 0, Math.min(before, length))
                || !trees.chains.resize(page, handle, length)) {
            throw new StoreFull();
        }
        boolean written = trees.chains.write(page, handle, 0, bytes, 0, length);
        assert written : "an owned chain is not shared";
        tree.externalBytesChanged(length - before);
    }

    boolean isShared(int address) {
        return trees.furtherOwners(address) > 0;
    }

    /** Frees the block, or takes one of its owners away. */
    void release(int address) {
        tree.externalBytesChanged(-bytes(address));
        trees.release(address);
    }

    /** A copy in another segment. */
    static int copy(Trees from, int address, Trees to) {
        int bytes = from.blockBytes(address);
        int copy = to.allocate(bytes);
        byte[] page = from.page(address);
        int at = from.at(address);
        byte[] copyPage = to.page(copy);
        int copyAt = to.at(copy);
        System.arraycopy(page, at + HEADER_BYTES, copyPage, copyAt + HEADER_BYTES, bytes - HEADER_BYTES);
        if (!TreeNode.refers(page, at)) {
            return copy;
        }
        int handle = at + HEADER_BYTES;
        int copyHandle = copyAt + HEADER_BYTES;
        long length = Chains.length(page, handle);
        if (!to.chains.create(copyPage, copyHandle, length)) {
            to.blocks.free(copy);
            throw new StoreFull();
        }
        TreeNode.addFlag(copyPage, copyAt, TreeNode.REFERS);
        for (long done = 0; done < length; done += Chains.PIECE) {
            boolean written = to.chains.write(
                    copyPage,
                    copyHandle,
                    done,
                    from.chains.pieceArray(page, handle, done),
                    from.chains.pieceOffset(page, handle, done),
                    (int) Math.min(Chains.PIECE, length - done));
            assert written : "a new chain is not shared";
        }
        return copy;
    }
}
