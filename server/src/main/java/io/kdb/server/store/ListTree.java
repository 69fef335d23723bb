package io.kdb.server.store;

/**
 * A large list as a {@link CountedTree} by position. Owner: as the superclass.
 *
 * <p>Note: a leaf has up to {@link #LEAF_BYTES}. Leaves at the ends are as large as they may become at once, and cut when the
 * next one begins; others grow by an eighth. The one at the head has a gap in front. What is passed in must not lie in this tree.
 */
final class ListTree extends ListPlace {
    /** Four of them fill the allocator's largest block. */
    static final int LEAF_BYTES = 4088;
    /** A leaf with less in use is merged with a neighbour if both stay below {@link #MERGED_BYTES}. */
    private static final int SMALL_BYTES = LEAF_BYTES / 4;

    private static final int MERGED_BYTES = LEAF_BYTES * 3 / 4;
    /** From a range of so many elements whole subtrees are cut out at once. */
    private static final int CUT_ENTRIES = 16 * 1024;

    /** Entries that a leaf may have. */
    private int maxEntries = Integer.MAX_VALUE;

    void maxEntries(int most) {
        maxEntries = most;
    }

    /** Whether an entry of so many bytes can be added to the leaf. */
    private boolean fits(int leaf, int bytes) {
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        return !ListLeaf.isPlain(page, at)
                && ListLeaf.used(page, at) + bytes <= LEAF_BYTES
                && Listpack.count(page, at + ListLeaf.pack(page, at)) < maxEntries;
    }

    // ---- adding ----------------------------------------------------------------------------------------------------

    /** Adds an element at the head or at the tail. */
    void push(boolean head, byte[] value, int offset, int length) {
        if (isEmpty()) {
            plantFirst(value, offset, length);
            return;
        }
        if (head) {
            firstLeaf();
            place = firstPlace();
        } else {
            lastLeaf();
            place = lastPlace();
        }
        insert(head, true, value, offset, length);
    }

    /** Adds an element before or behind the one here, and goes to it. */
    void insert(boolean before, byte[] value, int offset, int length) {
        insert(before, false, value, offset, length);
    }

    private void plantFirst(byte[] value, int offset, int length) {
        int external = length > MAX_INLINE ? trees.external(value, offset, length) : 0;
        int leaf;
        try {
            leaf = single(external, LEAF_BYTES, value, offset, length);
        } catch (StoreFull full) {
            drop(external);
            throw full;
        }
        plant(leaf);
        added(external);
        place = firstPlace();
    }

    private void insert(boolean before, boolean atEnd, byte[] value, int offset, int length) {
        int external = length > MAX_INLINE ? trees.external(value, offset, length) : 0;
        try {
            own();
            put(before, atEnd, external, value, offset, length);
        } catch (StoreFull full) {
            drop(external);
            throw full;
        }
        added(external);
    }

    private void drop(int external) {
        if (external != 0) {
            trees.release(external);
        }
    }

    private void added(int external) {
        entriesChanged(1);
        if (external != 0) {
            externalBytesChanged(trees.externalBytes(external));
        }
    }

    /** Puts the element before or behind the place, whose path is owned; the path then leads to it, its count untold. */
    private void put(boolean before, boolean atEnd, int external, byte[] value, int offset, int length) {
        int bytes = external != 0 ? LEAF_BYTES : Listpack.bytesOf(value, offset, length);
        boolean starts = before && place == firstPlace();
        boolean ends = !before && place == lastPlace();
        if (!fits(leaf(), bytes)) {
            if (!starts && !ends) {
                split(before ? place : Listpack.next(page(), at() + place) - at(), external != 0);
                put(before, false, external, value, offset, length);
                return;
            }
            int beside = sibling(starts ? -1 : 1);
            if (atEnd || beside == 0 || !fits(beside, bytes)) {
                putBeside(ends, atEnd, external, value, offset, length);
                return;
            }
            if (starts) {
                previousLeaf();
                place = lastPlace();
            } else {
                nextLeaf();
                place = firstPlace();
            }
            own();
            put(ends, false, external, value, offset, length);
            return;
        }
        if (atEnd && starts) {
            makeGap(bytes);
            ListLeaf.prepend(page(), at(), bytes, value, offset, length);
            place = firstPlace();
            return;
        }
        makeRoom(bytes, atEnd);
        byte[] page = page();
        int at = at();
        int here = before ? place : Listpack.next(page, at + place) - at;
        int end = ListLeaf.end(page, at);
        System.arraycopy(page, at + here, page, at + here + bytes, end - here);
        Listpack.write(page, at + here, value, offset, length);
        int pack = ListLeaf.pack(page, at);
        Bytes.putInt(page, at + pack, end - pack + bytes);
        Listpack.addCount(page, at + pack, 1);
        place = here;
    }

    /** A gap of so many bytes at least in the owned leaf, which has so much room. The place is void. */
    private void makeGap(int bytes) {
        byte[] page = page();
        int at = at();
        if (ListLeaf.gap(page, at) >= bytes) {
            return;
        }
        if (ListLeaf.used(page, at) + bytes > TreeNode.blockBytes(page, at)) {
            grow(LEAF_BYTES);
            page = page();
            at = at();
        }
        int gap = ListLeaf.gap(page, at);
        int room = TreeNode.blockBytes(page, at) - ListLeaf.end(page, at);
        // Who is both ends keeps room for the other one.
        int wanted = height > 0 ? gap + room : Math.max(bytes, gap + room / 2);
        ListLeaf.shift(page, at, Math.min(wanted, ListLeaf.MAX_GAP));
    }

    /** Room for so many bytes more in the owned leaf. */
    private void makeRoom(int bytes, boolean atEnd) {
        byte[] page = page();
        int at = at();
        int block = TreeNode.blockBytes(page, at);
        if (ListLeaf.end(page, at) + bytes <= block) {
            return;
        }
        closeGap();
        int need = ListLeaf.used(page, at) + bytes;
        if (need > block) {
            grow(atEnd ? LEAF_BYTES : Math.min(LEAF_BYTES, need + (need >> 3)));
        }
    }

    private void closeGap() {
        int by = ListLeaf.shift(page(), at(), 0);
        place += place == NONE ? 0 : by;
    }

    /** Gives the owned leaf so large a block. */
    private void grow(int want) {
        if (extendLeaf(want)) {
            return;
        }
        byte[] page = page();
        int at = at();
        int larger = newLeaf(want);
        int pack = ListLeaf.pack(page, at);
        System.arraycopy(
                page,
                at + pack,
                blocks.page(larger),
                blocks.offset(larger) + ListLeaf.PACK,
                Listpack.bytes(page, at + pack));
        place += ListLeaf.PACK - pack;
        replaceLeaf(larger);
    }

    /** A leaf of this one element; not in the tree yet. */
    private int single(int external, int blockBytes, byte[] value, int offset, int length) {
        int leaf = newLeaf(external != 0 ? ListLeaf.PLAIN_BYTES : blockBytes);
        byte[] page = blocks.page(leaf);
        int at = blocks.offset(leaf);
        if (external != 0) {
            Bytes.putInt(page, at + ListLeaf.PACK, external);
            TreeNode.addFlag(page, at, TreeNode.REFERS);
            return leaf;
        }
        int end = Listpack.write(page, at + ListLeaf.FIRST, value, offset, length);
        Listpack.end(page, end);
        Listpack.header(page, at + ListLeaf.PACK, end + 1 - at - ListLeaf.PACK, 1);
        return leaf;
    }

    /** Makes a leaf of this one element beside the path's, and goes to it. */
    private void putBeside(boolean behind, boolean atEnd, int external, byte[] value, int offset, int length) {
        reserveSibling();
        int bytes = ListLeaf.FIRST + 1 + (external != 0 ? 0 : Listpack.bytesOf(value, offset, length));
        int leaf = single(external, atEnd ? LEAF_BYTES : bytes + 64, value, offset, length);
        trim();
        addSibling(leaf, 0, behind, 0, 0);
        if (behind) {
            nextLeaf();
        } else {
            previousLeaf();
        }
        place = firstPlace();
    }

    /** Gives back the end of the owned leaf's block. */
    private void trim() {
        closeGap();
        int used = ListLeaf.used(page(), at());
        if (TreeNode.blockBytes(page(), at()) - used >= 16) {
            trimLeaf(used);
        }
    }

    /**
     * Cuts the owned leaf, of several entries, in two: at {@code cut} when {@code exactly}, else near its middle; and goes to
     * the part that has the place.
     */
    private void split(int cut, boolean exactly) {
        byte[] page = page();
        int at = at();
        int before = place;
        closeGap();
        int end = ListLeaf.used(page, at) - 1;
        int here = exactly ? cut + place - before : ListLeaf.middle(page, at, end);
        int moved = 0;
        for (int p = at + here; !Listpack.isEnd(page, p); p = Listpack.next(page, p)) {
            moved++;
        }
        reserveSibling();
        int bytes = ListLeaf.FIRST + end - here + 1;
        int right = newLeaf(Math.min(LEAF_BYTES, bytes + (bytes >> 3)));
        byte[] rightPage = blocks.page(right);
        int rightAt = blocks.offset(right);
        System.arraycopy(page, at + here, rightPage, rightAt + ListLeaf.FIRST, end - here + 1);
        Listpack.header(rightPage, rightAt + ListLeaf.PACK, bytes - ListLeaf.PACK, moved);
        Listpack.header(
                page, at + ListLeaf.PACK, here + 1 - ListLeaf.PACK, Listpack.count(page, at + ListLeaf.PACK) - moved);
        Listpack.end(page, at + here);
        trim();
        addSibling(right, moved, true, 0, 0);
        if (place >= here) {
            nextLeaf();
            place += ListLeaf.FIRST - here;
        }
    }

    /** Puts another element in the place of the one here. */
    void replace(byte[] value, int offset, int length) {
        if (length <= MAX_INLINE && !ListLeaf.isPlain(page(), at())) {
            own();
            byte[] page = page();
            int at = at();
            int more = Listpack.bytesOf(value, offset, length) - Listpack.entryBytes(page, at + place);
            if (ListLeaf.used(page, at) + more <= LEAF_BYTES) {
                makeRoom(more, false);
                page = page();
                at = at();
                int next = Listpack.next(page, at + place) - at;
                int end = ListLeaf.end(page, at);
                System.arraycopy(page, at + next, page, at + next + more, end - next);
                Listpack.write(page, at + place, value, offset, length);
                int pack = ListLeaf.pack(page, at);
                Bytes.putInt(page, at + pack, end - pack + more);
                return;
            }
        }
        insert(true, value, offset, length);
        forward();
        try {
            remove(false);
        } catch (StoreFull full) {
            backward();
            remove(false);
            throw full;
        }
    }

    // ---- removing --------------------------------------------------------------------------------------------------

    /** Removes the element here; the place is then the one behind it, or the one before it. */
    void remove(boolean goForward) {
        byte[] page = page();
        int at = at();
        if (ListLeaf.count(page, at) == 1) {
            long rank = rankOfLeaf();
            ownAbove();
            removeLeaf();
            goTo(goForward ? rank : rank == 0 ? size() : rank - 1);
            return;
        }
        own();
        page = page();
        at = at();
        place = ListLeaf.cut(page, at, place, Listpack.next(page, at + place) - at, 1);
        entriesChanged(-1);
        if (ListLeaf.used(page, at) < SMALL_BYTES) {
            long rank = rankOfLeaf();
            for (int p = at + ListLeaf.first(page, at); p < at + place; p = Listpack.next(page, p)) {
                rank++;
            }
            shrink();
            goTo(goForward ? rank : rank == 0 ? size() : rank - 1);
        } else if (!goForward) {
            backward();
        } else if (Listpack.isEnd(page, at + place)) {
            toNextLeaf();
        }
    }

    /** Removes so many elements, which must be there, from this index on. The place is void. */
    void removeRange(long from, long count) {
        place = NONE;
        if (count == size()) {
            clear();
            return;
        }
        long left = count < CUT_ENTRIES ? count : count - cut(from, from + count);
        if (left == 0) {
            return;
        }
        ownRange(from, left);
        while (left > 0) {
            int rank = seek(from);
            byte[] page = page();
            int at = at();
            int have = ListLeaf.count(page, at);
            int gone = (int) Math.min(left, have - rank);
            if (gone == have) {
                removeLeaf();
            } else {
                int start = Listpack.at(page, at + ListLeaf.pack(page, at), rank);
                int end = start;
                for (int i = 0; i < gone; i++) {
                    end = Listpack.next(page, end);
                }
                ListLeaf.cut(page, at, start - at, end - at, gone);
                entriesChanged(-gone);
                shrink();
            }
            left -= gone;
        }
    }

    /** Makes everything on the way to the range this tree's alone, so that removing it needs no memory. */
    private void ownRange(long from, long count) {
        int rank = seek(from);
        for (long left = count; left > 0; ) {
            int have = ListLeaf.count(page(), at());
            int gone = (int) Math.min(left, have - rank);
            if (gone == have) {
                ownAbove();
            } else {
                own();
            }
            left -= gone;
            rank = 0;
            if (left > 0) {
                nextLeaf();
            }
        }
    }

    /** After entries were cut: merges a small leaf with a neighbour, or gives back its block's end. */
    private void shrink() {
        byte[] page = page();
        int at = at();
        int used = ListLeaf.used(page, at);
        if (used < SMALL_BYTES && (merge(1) || merge(-1))) {
            return;
        }
        if (TreeNode.blockBytes(page, at) - used > LEAF_BYTES / 2) {
            closeGap();
            trimLeaf(used + (used >> 3) + 64);
        }
    }

    private boolean merge(int by) {
        int other = sibling(by);
        if (other == 0 || ListLeaf.isPlain(blocks.page(other), blocks.offset(other))) {
            return false;
        }
        byte[] page = page();
        int at = at();
        byte[] otherPage = blocks.page(other);
        int otherAt = blocks.offset(other);
        int entries = ListLeaf.count(page, at) + ListLeaf.count(otherPage, otherAt);
        int first = ListLeaf.used(page, at) - ListLeaf.FIRST - 1;
        int second = ListLeaf.used(otherPage, otherAt) - ListLeaf.FIRST - 1;
        int bytes = ListLeaf.FIRST + first + second + 1;
        if (bytes > MERGED_BYTES || entries > maxEntries) {
            return false;
        }
        int merged;
        try {
            merged = newLeaf(bytes + (bytes >> 3));
        } catch (StoreFull full) {
            return false; // it can stay as it is
        }
        byte[] to = blocks.page(merged);
        int toAt = blocks.offset(merged);
        System.arraycopy(page, at + ListLeaf.first(page, at), to, toAt + ListLeaf.FIRST + (by < 0 ? second : 0), first);
        System.arraycopy(
                otherPage,
                otherAt + ListLeaf.first(otherPage, otherAt),
                to,
                toAt + ListLeaf.FIRST + (by < 0 ? 0 : first),
                second);
        Listpack.header(to, toAt + ListLeaf.PACK, bytes - ListLeaf.PACK, entries);
        Listpack.end(to, toAt + bytes - 1);
        mergeLeaves(by, merged);
        return true;
    }

    /** Takes the path's leaf, below owned inner nodes, out of the tree with what it holds. The path is void. */
    private void removeLeaf() {
        byte[] page = page();
        int at = at();
        entriesChanged(-ListLeaf.count(page, at));
        if (ListLeaf.isPlain(page, at)) {
            externalBytesChanged(-trees.externalBytes(ListKind.external(page, at)));
        }
        releaseLeaf();
    }
}
