package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.Doubles;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.Segment;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** One SORT: its options, the elements with their weights, and the result. Owner: the running call. */
final class Sorting {
    private static final CommandError BY_IN_CLUSTER = new CommandError("ERR BY option of SORT denied in Cluster mode.");
    private static final CommandError GET_IN_CLUSTER =
            new CommandError("ERR GET option of SORT denied in Cluster mode.");
    private static final CommandError NO_SCORE =
            new CommandError("ERR One or more scores can't be converted into double");
    /** What an element costs in the heap beside its bytes, about. */
    private static final long ELEMENT_BYTES = 64;
    /** All elements may take one part in so many of the heap. */
    private static final long HEAP_SHARE = 4;

    /** An element and what it is sorted by: a number, or bytes, which may be null. */
    private static final class Item {
        private final byte[] element;
        private double score;
        private byte[] weight;

        Item(byte[] element) {
            this.element = element;
        }
    }

    private final Call call;
    private final boolean readOnly;
    private final List<SortPattern> gets = new ArrayList<>();
    private SortPattern by;
    private boolean descending;
    private boolean alpha;
    private boolean unsorted;
    private long limitStart;
    private long limitCount = -1;
    private int store;

    private Item[] items = new Item[0];
    private int first;
    private int last;

    Sorting(Call call, boolean readOnly) {
        this.call = call;
        this.readOnly = readOnly;
    }

    void run() {
        parse();
        Segment segment = call.segment(1);
        boolean unlock = segment.enter();
        try {
            load(call.read(1));
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
        boolean numeric = unsorted || weigh();
        if (!numeric) {
            throw NO_SCORE;
        }
        if (!unsorted) {
            Arrays.sort(items, descending ? order().reversed() : order());
        }
        if (store == 0) {
            reply();
        } else {
            storeResult();
        }
    }

    private void parse() {
        Arguments args = call.args();
        boolean cluster = call.node().isClustered();
        for (int i = 2; i < args.count(); i++) {
            int left = args.count() - i - 1;
            if (args.is(i, "ASC")) {
                descending = false;
            } else if (args.is(i, "DESC")) {
                descending = true;
            } else if (args.is(i, "ALPHA")) {
                alpha = true;
            } else if (args.is(i, "LIMIT") && left >= 2) {
                limitStart = call.integer(i + 1);
                limitCount = call.integer(i + 2);
                i += 2;
            } else if (!readOnly && args.is(i, "STORE") && left >= 1) {
                store = ++i;
            } else if (args.is(i, "BY") && left >= 1) {
                by = SortPattern.of(args, ++i);
                if (!by.isVariable()) {
                    unsorted = true;
                } else if (cluster) {
                    throw BY_IN_CLUSTER;
                }
            } else if (args.is(i, "GET") && left >= 1) {
                if (cluster) {
                    throw GET_IN_CLUSTER;
                }
                gets.add(SortPattern.of(args, ++i));
            } else {
                throw Errors.SYNTAX;
            }
        }
    }

    // ---- elements ---------------------------------------------------------------------------------------------

    private void load(KeyCursor key) {
        int type = key.exists() ? key.type() : ValueType.LIST;
        if (type != ValueType.LIST && type != ValueType.SET && type != ValueType.ZSET) {
            throw Errors.WRONG_TYPE;
        }
        if (unsorted && type == ValueType.SET && store != 0) {
            // A set has no order of its own that a replica would have, too.
            unsorted = false;
            alpha = true;
            by = null;
        }
        long size = key.exists() ? size(key, type) : 0;
        long start = Math.min(Math.max(limitStart, 0), size);
        long count = Math.min(Math.max(limitCount, -1), size);
        long end = count < 0 ? size - 1 : start + count - 1;
        if (start >= size) {
            start = size - 1;
            end = size - 2;
        }
        end = Math.min(end, size - 1);
        boolean ranged = unsorted && type != ValueType.SET;
        long loaded = ranged ? Math.max(0, end - start + 1) : size;
        if (loaded * ELEMENT_BYTES > Runtime.getRuntime().maxMemory() / HEAP_SHARE) {
            throw Errors.OUT_OF_MEMORY;
        }
        items = new Item[(int) loaded];
        if (loaded > 0) {
            switch (type) {
                case ValueType.LIST -> loadList(key.list(), ranged ? start : 0);
                case ValueType.SET -> loadSet(key.set());
                default -> loadSortedSet(key, ranged ? start : 0);
            }
        } else if (key.exists() && type == ValueType.ZSET) {
            key.encoding(Encoding.SKIPLIST);
        }
        first = (int) (ranged ? 0 : start);
        last = (int) (ranged ? end - start : end);
    }

    private static long size(KeyCursor key, int type) {
        return switch (type) {
            case ValueType.LIST -> key.list().size();
            case ValueType.SET -> key.set().size();
            default -> key.sortedSet().size();
        };
    }

    private void loadList(ListValue list, long start) {
        boolean backwards = unsorted && descending;
        boolean more = list.seek(backwards ? list.size() - 1 - start : start);
        for (int i = 0; i < items.length && more; i++) {
            items[i] = new Item(list.element().copy());
            more = backwards ? list.backward() : list.forward();
        }
    }

    private void loadSet(SetValue set) {
        boolean more = set.first();
        for (int i = 0; i < items.length && more; i++) {
            items[i] = new Item(set.element().copy());
            more = set.next();
        }
    }

    private void loadSortedSet(KeyCursor key, long start) {
        SortedSetValue set = key.sortedSet();
        boolean backwards = unsorted && descending;
        set.seekIndex(backwards ? set.size() - 1 - start : start);
        for (int i = 0; i < items.length; i++) {
            items[i] = new Item(set.element().copy());
            if (i + 1 < items.length) {
                boolean more = backwards ? set.previous() : set.next();
                assert more : "sorted set: fewer members than its size";
            }
        }
        key.encoding(Encoding.SKIPLIST); // Redis sorts no packed one, and never packs it again
    }

    // ---- order ------------------------------------------------------------------------------------------------

    /** Finds what each element is sorted by; false when one that must be a number is none. */
    private boolean weigh() {
        boolean numeric = true;
        for (Item item : items) {
            byte[] weight = by == null ? item.element : by.find(call, item.element);
            if (alpha) {
                item.weight = weight == null || store != 0 ? weight : untilZero(weight);
            } else if (weight != null) {
                item.score = number(weight);
                numeric &= !Double.isNaN(item.score);
            }
        }
        return numeric;
    }

    /** As a C string: Redis compares so when it does not store. */
    private static byte[] untilZero(byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (text[i] == 0) {
                return Arrays.copyOf(text, i);
            }
        }
        return text;
    }

    /** As C's strtod reads it: up to a zero byte, spaces first; NaN when there is more or less than a number. */
    private static double number(byte[] text) {
        int at = 0;
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        if (end == 0) {
            return 0;
        }
        while (at < end && (text[at] == ' ' || text[at] >= '\t' && text[at] <= '\r')) {
            at++;
        }
        return Doubles.parseInRange(text, at, end - at);
    }

    private Comparator<Item> order() {
        if (alpha) {
            return (one, two) -> {
                if (one.weight == null || two.weight == null) {
                    return one.weight == two.weight ? 0 : one.weight == null ? -1 : 1;
                }
                return Arrays.compareUnsigned(one.weight, two.weight);
            };
        }
        return (one, two) -> {
            if (one.score != two.score) {
                return one.score > two.score ? 1 : -1;
            }
            return Arrays.compareUnsigned(one.element, two.element);
        };
    }

    // ---- result -----------------------------------------------------------------------------------------------

    private int resultSize() {
        return (last - first + 1) * Math.max(1, gets.size());
    }

    private void reply() {
        call.reply().array(resultSize());
        for (int i = first; i <= last; i++) {
            if (gets.isEmpty()) {
                call.reply().bulk(items[i].element);
            }
            for (SortPattern get : gets) {
                byte[] found = get.find(call, items[i].element);
                if (found == null) {
                    call.reply().nullBulk();
                } else {
                    call.reply().bulk(found);
                }
            }
        }
    }

    private void storeResult() {
        int size = resultSize();
        byte[][] values = new byte[size][];
        int at = 0;
        for (int i = first; i <= last; i++) {
            if (gets.isEmpty()) {
                values[at++] = items[i].element;
            }
            for (SortPattern get : gets) {
                byte[] found = get.find(call, items[i].element);
                values[at++] = found == null ? new byte[0] : found;
            }
        }
        Segment segment = call.segment(store);
        boolean unlock = segment.enter();
        try {
            store(call.other(call.db(), store), values);
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
        call.reply().integer(size);
    }

    private void store(KeyCursor target, byte[][] values) {
        if (values.length > 0) {
            target.lookupWrite();
            ListValue list = new ListValue();
            target.createDetached(list, KeyCursor.NO_EXPIRY);
            try {
                for (byte[] value : values) {
                    list.push(false, value, 0, value.length);
                }
                target.attach(list);
            } finally {
                list.discard();
            }
            target.event(KeyspaceEvents.LIST, "sortstore");
            target.ready();
            call.changed(values.length - 1L);
        } else {
            target.replaceByNothing();
        }
    }
}
