package io.kdb.server.store;

import io.kdb.resp.ReplyWriter;

/**
 * A place in a {@link ListTree}: how one goes from element to element, and what stands there. The reading half of that tree.
 * Owner: as that.
 *
 * <p>Note: a leaf is a listpack, as a node of Redis' quicklist is; an element that is longer than {@link #MAX_INLINE} has a leaf
 * to itself, which holds its address.
 */
abstract class ListPlace extends CountedTree {
    /** No such place. */
    static final int NONE = 0;

    /** The longest element that lies in a listpack. */
    static final int MAX_INLINE = 2000;

    private final Element scratch = new Element();
    /** Where in the path's leaf the entry begins, counted from the block's start; {@link #NONE} for none. */
    int place;

    ListPlace() {
        super(ListKind.LIST);
    }

    @Override
    int route(byte[] page, int first, int count) {
        throw new IllegalStateException("a list is searched by position");
    }

    // ---- leaves ----------------------------------------------------------------------------------------------------

    byte[] page() {
        return blocks.page(leaf());
    }

    int at() {
        return blocks.offset(leaf());
    }

    @Override
    long leafBytes() {
        byte[] page = page();
        int at = at();
        return super.leafBytes() + (ListLeaf.isPlain(page, at) ? trees.externalBytes(ListKind.external(page, at)) : 0);
    }

    /** Where the path's leaf's first entry is. */
    int firstPlace() {
        byte[] page = page();
        int at = at();
        return ListLeaf.isPlain(page, at) ? ListLeaf.PACK : ListLeaf.first(page, at);
    }

    int lastPlace() {
        byte[] page = page();
        int at = at();
        return ListLeaf.isPlain(page, at)
                ? ListLeaf.PACK
                : Listpack.previous(page, at + ListLeaf.end(page, at) - 1) - at;
    }

    // ---- the place -------------------------------------------------------------------------------------------------

    boolean isAt() {
        return place != NONE;
    }

    /** Goes to an element by its index, counted from the end when negative; false when there is none. */
    boolean goTo(long index) {
        long i = index < 0 ? index + size() : index;
        if (i < 0 || i >= size()) {
            place = NONE;
            return false;
        }
        int rank = seek(i);
        byte[] page = page();
        int at = at();
        place = ListLeaf.isPlain(page, at) ? ListLeaf.PACK : Listpack.at(page, at + ListLeaf.pack(page, at), rank) - at;
        return true;
    }

    boolean forward() {
        byte[] page = page();
        int at = at();
        if (!ListLeaf.isPlain(page, at)) {
            int next = Listpack.next(page, at + place);
            if (!Listpack.isEnd(page, next)) {
                place = next - at;
                return true;
            }
        }
        return toNextLeaf();
    }

    boolean toNextLeaf() {
        place = nextLeaf() == 0 ? NONE : firstPlace();
        return place != NONE;
    }

    boolean backward() {
        if (place != firstPlace()) {
            place = Listpack.previous(page(), at() + place) - at();
            return true;
        }
        place = previousLeaf() == 0 ? NONE : lastPlace();
        return place != NONE;
    }

    /** Shows the element here. */
    Element element(Element view) {
        byte[] page = page();
        int at = at();
        if (ListLeaf.isPlain(page, at)) {
            return trees.externalElement(ListKind.external(page, at), view);
        }
        int p = at + place;
        return Listpack.isInteger(page, p)
                ? view.integer(Listpack.integer(page, p))
                : view.bytes(page, Listpack.stringOffset(page, p), Listpack.stringLength(page, p));
    }

    /** Replies with so many elements, which must be there, from here on; the place is then the one behind them, if any. */
    void reply(ReplyWriter reply, long count) {
        for (long left = count; left > 0; ) {
            byte[] page = page();
            int at = at();
            if (ListLeaf.isPlain(page, at)) {
                element(scratch).reply(reply);
                left--;
                toNextLeaf();
                continue;
            }
            int p = at + place;
            do {
                p = Listpack.reply(page, p, reply);
                left--;
            } while (left > 0 && !Listpack.isEnd(page, p));
            if (Listpack.isEnd(page, p)) {
                toNextLeaf();
            } else {
                place = p - at;
            }
        }
    }

    boolean isEqual(byte[] value, int offset, int length) {
        byte[] page = page();
        int at = at();
        if (ListLeaf.isPlain(page, at)) {
            return length > MAX_INLINE
                    && trees.externalElement(ListKind.external(page, at), scratch)
                            .equalTo(value, offset, length);
        }
        return Listpack.equal(page, at + place, value, offset, length);
    }

    // ---- leaf by leaf, for those who write all of it ---------------------------------------------------------------

    /** Goes to the first leaf; false when there is none. */
    boolean toFirstLeaf() {
        place = isEmpty() || firstLeaf() == 0 ? NONE : firstPlace();
        return place != NONE;
    }

    /** Goes to the leaf behind; false when there is none. */
    boolean toLeafBehind() {
        return toNextLeaf();
    }

    boolean isPlainLeaf() {
        return ListLeaf.isPlain(page(), at());
    }

    byte[] packArray() {
        return page();
    }

    int packOffset() {
        return at() + ListLeaf.pack(page(), at());
    }
}
