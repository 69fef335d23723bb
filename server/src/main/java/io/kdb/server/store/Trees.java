package io.kdb.server.store;

/**
 * The tree nodes and external elements of a segment: owners, copies, and freeing in slices. Owner: the segment's lock.
 *
 * <p>Every block counts its further owners in the upper half of its header, as {@link Chains} do. Whoever wants a tree to
 * stay as it is becomes an owner of its root ({@link #retain}); a writer copies the nodes with further owners on its path,
 * and the copy becomes an owner of everything that the node refers to.
 *
 * <p>An external element is a block of kind 0: its length (4 bytes) and bytes, or, flagged {@link TreeNode#REFERS}, the handle of a chain.
 */
final class Trees {
    /** Elements that are longer lie in blocks of their own. */
    static final int MAX_INLINE = 252;

    private static final int EXTERNAL_DATA = 12;
    private static final int MAX_EXTERNAL = BlockAllocator.MAX_BYTES - EXTERNAL_DATA;
    /** Nodes that {@link #dispose} frees at once. */
    private static final int STEPS_AT_ONCE = 32;

    /** Nodes that are freed between two looks at the clock. */
    private static final int STEPS_A_LOOK = 8;

    final BlockAllocator blocks;
    private final Segment segment;
    final Chains chains;
    private final AddressList late = new AddressList();

    Trees(Segment segment) {
        this.segment = segment;
        blocks = segment.blocks;
        chains = segment.chains;
    }

    byte[] page(int block) {
        return blocks.page(block);
    }

    int at(int block) {
        return blocks.offset(block);
    }

    int blockBytes(int block) {
        return blocks.blockGranules(block) << PagePool.GRANULE_SHIFT;
    }

    /** A block of at least so many bytes, header included. */
    int allocate(int bytes) {
        int block = blocks.allocate(BlockAllocator.granules(bytes));
        if (block == 0) {
            throw new StoreFull();
        }
        return block;
    }

    // ---- owners -----------------------------------------------------------------------------------------------

    int furtherOwners(int block) {
        return Bytes.getInt(blocks.page(block), blocks.offset(block) + 4);
    }

    /** One owner more. */
    void retain(int block) {
        byte[] page = blocks.page(block);
        int at = blocks.offset(block) + 4;
        Bytes.putInt(page, at, Bytes.getInt(page, at) + 1);
    }

    /** One owner less; frees what nobody owns, a tree in slices by {@link #freeSome}. */
    void release(int block) {
        if (!dropOwner(block)) {
            if (TreeNode.kind(page(block), at(block)) == 0) {
                freeExternal(block);
            } else {
                late.add(block);
            }
        }
    }

    /** Takes a further owner away; false when there is none. */
    boolean dropOwner(int block) {
        byte[] page = blocks.page(block);
        int at = blocks.offset(block) + 4;
        int owners = Bytes.getInt(page, at);
        if (owners == 0) {
            return false;
        }
        Bytes.putInt(page, at, owners - 1);
        return true;
    }

    /**
     * {@link #release} of a root, 0 for none, that frees a small tree at once.
     *
     * @param bytes what the tree takes, as if nothing of it were shared
     */
    void dispose(int root, long bytes) {
        if (root == 0 || dropOwner(root)) {
            return;
        }
        long before = blocks.usedBytes();
        late.add(root);
        for (int i = 0; i < STEPS_AT_ONCE && late.size > 0; i++) {
            step();
        }
        if (late.size > 0) {
            segment.awaitsFreeing(Math.max(0, bytes - (before - blocks.usedBytes())));
        }
    }

    /** Notes that what was released takes about so many bytes, which {@link #freeSome} frees. */
    void awaitFreeing(long bytes) {
        if (late.size > 0 && bytes > 0) {
            segment.awaitsFreeing(bytes);
        }
    }

    boolean hasLate() {
        return late.size > 0;
    }

    void forgetLate() {
        late.clear();
    }

    /** Frees nodes that nobody owns until the deadline; true when there are more. */
    boolean freeSome(long deadlineNanos) {
        while (late.size > 0) {
            for (int i = 0; i < STEPS_A_LOOK && late.size > 0; i++) {
                step();
            }
            if (System.nanoTime() >= deadlineNanos) {
                break;
            }
        }
        return late.size > 0;
    }

    /** Takes one child off the node on top, or frees it: the nodes are their own list of what is left to do. */
    private void step() {
        int node = late.items[late.size - 1];
        byte[] page = page(node);
        int at = at(node);
        LeafKind kind = LeafKind.of(TreeNode.kind(page, at));
        int count = TreeNode.count(page, at);
        if (TreeNode.isInner(page, at) && count > 0) {
            TreeNode.setCount(page, at, count - 1);
            int child = Bytes.getInt(
                    page,
                    at
                            + TreeNode.BODY
                            + (count - 1) * (kind.separatorBytes + TreeNode.CHILD_BYTES)
                            + kind.separatorBytes);
            if (!dropOwner(child)) {
                if (TreeNode.isInner(page(child), at(child))) {
                    late.add(child);
                } else {
                    freeLeaf(kind, child);
                }
            }
            return;
        }
        late.size--;
        if (TreeNode.isInner(page, at)) {
            blocks.free(node);
        } else {
            freeLeaf(kind, node);
        }
    }

    /** One owner less of a leaf, which is freed at once when it was the last. */
    void releaseLeaf(LeafKind kind, int leaf) {
        if (!dropOwner(leaf)) {
            freeLeaf(kind, leaf);
        }
    }

    private void freeLeaf(LeafKind kind, int leaf) {
        byte[] page = page(leaf);
        int at = at(leaf);
        if (TreeNode.refers(page, at)) {
            kind.release(this, page, at);
        }
        blocks.free(leaf);
    }

    // ---- copies -----------------------------------------------------------------------------------------------

    /** A node of one owner in place of one with further owners. */
    int copyOnWrite(int node) {
        byte[] page = page(node);
        int at = at(node);
        int copy = clone(page, at);
        byte[] copyPage = page(copy);
        int copyAt = at(copy);
        LeafKind kind = LeafKind.of(TreeNode.kind(page, at));
        if (TreeNode.isInner(page, at)) {
            int stride = kind.separatorBytes + TreeNode.CHILD_BYTES;
            int child = copyAt + TreeNode.BODY + kind.separatorBytes;
            for (int i = TreeNode.count(page, at); i > 0; i--) {
                retain(Bytes.getInt(copyPage, child));
                child += stride;
            }
        } else if (TreeNode.refers(page, at)) {
            kind.retain(this, copyPage, copyAt);
        }
        dropOwner(node);
        return copy;
    }

    private int clone(byte[] page, int at) {
        int bytes = TreeNode.blockBytes(page, at);
        int copy = blocks.allocate(bytes >> PagePool.GRANULE_SHIFT);
        if (copy == 0) {
            throw new StoreFull();
        }
        byte[] copyPage = page(copy);
        int copyAt = at(copy);
        System.arraycopy(page, at + 8, copyPage, copyAt + 8, bytes - 8);
        TreeNode.setFlags(copyPage, copyAt, TreeNode.flags(page, at) & ~(int) BlockAllocator.OWN_BITS);
        return copy;
    }

    /**
     * A copy of a whole tree of another segment, which is locked too.
     *
     * @throws StoreFull with nothing kept
     */
    int copyFrom(Trees from, int node) {
        byte[] page = from.page(node);
        int at = from.at(node);
        LeafKind kind = LeafKind.of(TreeNode.kind(page, at));
        int copy = clone(page, at);
        byte[] copyPage = page(copy);
        int copyAt = at(copy);
        if (!TreeNode.isInner(page, at)) {
            if (TreeNode.refers(page, at)) {
                try {
                    kind.copy(from, this, copyPage, copyAt);
                } catch (StoreFull full) {
                    release(copy);
                    throw full;
                }
            }
            return copy;
        }
        int count = TreeNode.count(page, at);
        TreeNode.setCount(copyPage, copyAt, 0);
        int stride = kind.separatorBytes + TreeNode.CHILD_BYTES;
        for (int i = 0; i < count; i++) {
            int child = TreeNode.BODY + kind.separatorBytes + i * stride;
            try {
                Bytes.putInt(copyPage, copyAt + child, copyFrom(from, Bytes.getInt(page, at + child)));
            } catch (StoreFull full) {
                release(copy);
                throw full;
            }
            TreeNode.setCount(copyPage, copyAt, i + 1);
        }
        return copy;
    }

    // ---- external elements ------------------------------------------------------------------------------------

    /** A block of its own for a long element. */
    int external(byte[] bytes, int offset, int length) {
        if (length > MAX_EXTERNAL) {
            int block = allocate(8 + Chains.HANDLE_BYTES);
            byte[] page = page(block);
            int at = at(block);
            if (!chains.create(page, at + 8, length)) {
                blocks.free(block);
                throw new StoreFull();
            }
            boolean written = chains.write(page, at + 8, 0, bytes, offset, length);
            assert written : "a new chain is not shared";
            TreeNode.addFlag(page, at, TreeNode.REFERS);
            return block;
        }
        int block = allocate(EXTERNAL_DATA + length);
        byte[] page = page(block);
        int at = at(block);
        Bytes.putInt(page, at + 8, length);
        System.arraycopy(bytes, offset, page, at + EXTERNAL_DATA, length);
        return block;
    }

    /** Bytes that an external element takes, its chain included. */
    long externalBytes(int block) {
        byte[] page = page(block);
        int at = at(block);
        return TreeNode.blockBytes(page, at) + (TreeNode.refers(page, at) ? Chains.length(page, at + 8) : 0L);
    }

    Element externalElement(int block, Element view) {
        byte[] page = page(block);
        int at = at(block);
        return TreeNode.refers(page, at)
                ? view.chain(chains, page, at + 8)
                : view.bytes(page, at + EXTERNAL_DATA, Bytes.getInt(page, at + 8));
    }

    int copyExternal(Trees from, int block) {
        byte[] page = from.page(block);
        int at = from.at(block);
        if (!TreeNode.refers(page, at)) {
            return external(page, at + EXTERNAL_DATA, Bytes.getInt(page, at + 8));
        }
        int length = (int) Chains.length(page, at + 8);
        int copy = allocate(8 + Chains.HANDLE_BYTES);
        byte[] copyPage = page(copy);
        int copyAt = at(copy);
        if (!chains.create(copyPage, copyAt + 8, length)) {
            blocks.free(copy);
            throw new StoreFull();
        }
        TreeNode.addFlag(copyPage, copyAt, TreeNode.REFERS);
        for (int done = 0; done < length; done += Chains.PIECE) {
            chains.write(
                    copyPage,
                    copyAt + 8,
                    done,
                    from.chains.pieceArray(page, at + 8, done),
                    from.chains.pieceOffset(page, at + 8, done),
                    Math.min(Chains.PIECE, length - done));
        }
        return copy;
    }

    private void freeExternal(int block) {
        byte[] page = page(block);
        int at = at(block);
        if (TreeNode.refers(page, at)) {
            segment.free(page, at + 8);
        }
        blocks.free(block);
    }
}
