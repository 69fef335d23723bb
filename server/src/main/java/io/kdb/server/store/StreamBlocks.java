package io.kdb.server.store;

/**
 * The blocks that the trees of a stream refer to by address: nodes, groups, consumers. Owner: their {@link StreamView}; the
 * segment's lock.
 *
 * <p>Note: a block's header counts its further owners in the upper half. What does not fit into a block is a chain, whose handle
 * lies in the block, behind its {@code fixed} bytes; {@link #CHAINED} in the header says so.
 */
final class StreamBlocks implements IdTree.Payloads {
    static final int HEADER_BYTES = 8;
    private static final int CHAINED = 1 << 15;

    private final int fixedBytes;
    private BlockAllocator blocks;
    private Chains chains;

    /** @param fixedBytes what is never part of the chain */
    StreamBlocks(int fixedBytes) {
        this.fixedBytes = fixedBytes;
    }

    void bind(BlockAllocator itsBlocks, Chains itsChains) {
        blocks = itsBlocks;
        chains = itsChains;
    }

    byte[] page(int address) {
        return blocks.page(address);
    }

    /** Where the block's bytes begin. */
    int at(int address) {
        return blocks.offset(address) + HEADER_BYTES;
    }

    boolean isChained(int address) {
        return isChained(blocks, address);
    }

    private static boolean isChained(BlockAllocator in, int address) {
        return (Bytes.getInt(in.page(address), in.offset(address)) & CHAINED) != 0;
    }

    /** Where the chain's handle lies. */
    int handle(int address) {
        return at(address) + fixedBytes;
    }

    /** How many bytes, the fixed ones not counted, lie in a block at most. */
    int maxInline() {
        return BlockAllocator.MAX_BYTES - HEADER_BYTES - fixedBytes;
    }

    /** Room for bytes in the block itself, growth to come included. */
    int capacity(int address) {
        return (blocks.blockGranules(address) << PagePool.GRANULE_SHIFT) - HEADER_BYTES - fixedBytes;
    }

    /** A block with room for so many bytes behind the fixed ones, or with a chain of them. Throws when memory is short. */
    int create(long bytes) {
        boolean chained = bytes > maxInline();
        long size = chained ? Chains.HANDLE_BYTES : bytes;
        int block = blocks.allocate(BlockAllocator.granules(HEADER_BYTES + fixedBytes + size));
        if (block == 0) {
            throw new StoreFull();
        }
        if (chained) {
            byte[] page = blocks.page(block);
            int at = blocks.offset(block);
            if (!chains.create(page, handle(block), bytes)) {
                blocks.free(block);
                throw new StoreFull();
            }
            Bytes.putInt(page, at, Bytes.getInt(page, at) | CHAINED);
        }
        return block;
    }

    /** The block itself when it has no further owners, else a copy of it in its owner's place. */
    int own(int address) {
        if (IdTree.furtherOwners(blocks, address) == 0) {
            return address;
        }
        int copy = copyWithin(address, blocks.blockGranules(address));
        IdTree.addOwners(blocks, address, -1);
        return copy;
    }

    private int copyWithin(int address, int granules) {
        int copy = blocks.allocate(granules);
        if (copy == 0) {
            throw new StoreFull();
        }
        int used = Math.min(granules, blocks.blockGranules(address)) - 1;
        System.arraycopy(page(address), at(address), page(copy), at(copy), used << PagePool.GRANULE_SHIFT);
        if (isChained(address)) {
            if (!chains.share(page(address), handle(address), page(copy), handle(copy))) {
                blocks.free(copy);
                throw new StoreFull();
            }
            byte[] page = blocks.page(copy);
            Bytes.putInt(page, blocks.offset(copy), Bytes.getInt(page, blocks.offset(copy)) | CHAINED);
        }
        return copy;
    }

    /** Makes an owned block, without a chain, large enough for so many bytes; answers where it is now. */
    int grow(int address, int bytes, int wanted) {
        if (bytes <= capacity(address)) {
            return address;
        }
        int granules = BlockAllocator.granules((long) HEADER_BYTES + fixedBytes + Math.min(maxInline(), wanted));
        if (blocks.extend(address, granules)) {
            return address;
        }
        int larger = copyWithin(address, granules);
        blocks.free(address);
        return larger;
    }

    /** Gives an owned block's end behind so many bytes back. */
    void trim(int address, int bytes) {
        blocks.trim(address, BlockAllocator.granules((long) HEADER_BYTES + fixedBytes + bytes));
    }

    @Override
    public void release(int address) {
        if (IdTree.furtherOwners(blocks, address) > 0) {
            IdTree.addOwners(blocks, address, -1);
            return;
        }
        if (isChained(address)) {
            chains.free(page(address), handle(address));
        }
        blocks.free(address);
    }

    @Override
    public int copy(int address, BlockAllocator to) {
        int granules = blocks.blockGranules(address);
        int copy = to.allocate(granules);
        if (copy == 0) {
            return 0;
        }
        byte[] page = to.page(copy);
        int at = to.offset(copy) + HEADER_BYTES;
        System.arraycopy(page(address), at(address), page, at, (granules - 1) << PagePool.GRANULE_SHIFT);
        if (isChained(address)) {
            Chains target = new Chains(to);
            int from = handle(address);
            long length = Chains.length(page(address), from);
            if (!target.create(page, at + fixedBytes, length)) {
                to.free(copy);
                return 0;
            }
            for (long done = 0; done < length; ) {
                int n = (int) Math.min(Chains.PIECE - done % Chains.PIECE, length - done);
                target.write(
                        page,
                        at + fixedBytes,
                        done,
                        chains.pieceArray(page(address), from, done),
                        chains.pieceOffset(page(address), from, done),
                        n);
                done += n;
            }
            Bytes.putInt(page, at - HEADER_BYTES, Bytes.getInt(page, at - HEADER_BYTES) | CHAINED);
        }
        return copy;
    }

    @Override
    public long bytes(int address) {
        long bytes = (long) blocks.blockGranules(address) << PagePool.GRANULE_SHIFT;
        return isChained(address) ? bytes + Chains.length(page(address), handle(address)) : bytes;
    }

    Chains chains() {
        return chains;
    }
}
