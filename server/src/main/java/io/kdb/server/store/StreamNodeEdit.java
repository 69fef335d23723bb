package io.kdb.server.store;

/**
 * The listpack of a node that is to be changed: in its block, or, of one in pieces, in a copy. Owner: the stream's
 * {@link StreamNodes} or {@link StreamTrim}, which has made the record its own.
 *
 * <p>Note: what needs memory is done before the node changes, so {@link #open} and {@link #close} may throw {@link StoreFull}
 * with the node as it was.
 */
final class StreamNodeEdit {
    private final StreamView view;
    private byte[] page;
    private int at;
    private int address;
    private boolean isCopy;

    StreamNodeEdit(StreamView view) {
        this.view = view;
    }

    /** The array that the listpack lies in, from {@link #at} on. */
    byte[] page() {
        return page;
    }

    int at() {
        return at;
    }

    /** Makes the node at the position of {@link StreamView#nodes} this stream's alone, with room for so many bytes. */
    StreamNodeEdit open(int bytes) {
        view.nodes.own();
        int found = view.nodes.address();
        int own = view.nodeBlocks.own(found);
        if (own != found) {
            view.nodes.address(own);
        }
        isCopy = view.nodeBlocks.isChained(own) || bytes > view.nodeBlocks.maxInline();
        if (!isCopy) {
            address = view.nodeBlocks.grow(own, bytes, bytes + Math.max(24, bytes >> 2));
            if (address != own) {
                view.nodes.address(address);
            }
            byte[] its = view.nodeBlocks.page(address);
            if (page != its) {
                page = its;
            }
            at = view.nodeBlocks.at(address);
            return this;
        }
        byte[] copy = new byte[bytes];
        if (view.nodeBlocks.isChained(own)) {
            byte[] from = view.nodeBlocks.page(own);
            int handle = view.nodeBlocks.handle(own);
            int length = (int) Chains.length(from, handle);
            view.nodeBlocks.chains().read(from, handle, 0, copy, 0, Math.min(length, bytes));
        } else {
            byte[] from = view.nodeBlocks.page(own);
            int start = view.nodeBlocks.at(own);
            System.arraycopy(from, start, copy, 0, Listpack.bytes(from, start));
            int chained = view.nodeBlocks.create(bytes);
            view.nodes.address(chained);
            view.nodeBlocks.release(own);
            own = chained;
        }
        address = own;
        page = copy;
        at = 0;
        return this;
    }

    /** Puts a changed copy back. */
    void close() {
        if (isCopy) {
            view.nodeBlocks.writeChain(address, page, Listpack.bytes(page, 0));
            page = null;
        }
    }
}
