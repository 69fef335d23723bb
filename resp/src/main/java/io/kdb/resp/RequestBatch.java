package io.kdb.resp;

import java.util.Arrays;

/**
 * The complete requests of one read, as (offset, length) pairs into the event loop's array. Owner: the event loop, which
 * has one and clears it before every decode; no object per request or argument.
 */
public final class RequestBatch {
    private static final int FIRST_REQUESTS = 256;
    private static final int FIRST_SLOTS = 2048;
    /** A batch that grew beyond this gives its arrays up when cleared. */
    private static final int MAX_RETAINED_SLOTS = 128 * 1024;

    /** The array the requests lie in. */
    private byte[] bytes;
    /** Offset and length of every argument of every request; the decoder writes here. */
    int[] slots = new int[FIRST_SLOTS];
    /** Request r's slots start at ends[r] and end at ends[r + 1]. */
    private int[] slotEnds = new int[FIRST_REQUESTS + 1];
    /** The index in {@link #bytes} after request r. */
    private int[] wireEnds = new int[FIRST_REQUESTS];

    private long[] wireLengths = new long[FIRST_REQUESTS];
    /** Requests whose arguments do not all lie in {@link #bytes}; null when there is none. */
    private Arguments[] scattered;

    private int size;
    private ProtocolError error;
    private boolean more;
    private final Arguments cursor = new Arguments();

    /** How many complete requests there are. */
    public int size() {
        return size;
    }

    /** Request r, as a view that the next call repoints. */
    public Arguments get(int r) {
        Arguments apart = scattered(r);
        if (apart != null) {
            return apart;
        }
        int base = slotEnds[r];
        cursor.point(bytes, slots, base, (slotEnds[r + 1] - base) >> 1);
        return cursor;
    }

    /** Request r, independent of the loop. */
    public Arguments copyOf(int r) {
        return get(r).detach();
    }

    /**
     * How many bytes request r was on the wire, from the end of the request before it: ignored empty requests count with
     * the request that follows them.
     */
    public long wireLength(int r) {
        return wireLengths[r];
    }

    /** The index in the loop's array after request r. */
    public int wireEnd(int r) {
        return wireEnds[r];
    }

    /** Set when what follows the last complete request is malformed: reply with it, then close. */
    public ProtocolError error() {
        return error;
    }

    /**
     * Whether decoding stopped early, because the next request is only allowed once the connection has authenticated, which
     * a request of this batch may do: run the batch, clear it and decode again from the index that decode returned.
     */
    public boolean more() {
        return more;
    }

    /** Forgets the requests; the array they lay in stays referenced until the next decode. */
    public void clear() {
        size = 0;
        more = false;
        if (error != null) {
            error = null;
        }
        if (scattered != null) {
            scattered = null;
        }
        if (slots.length > MAX_RETAINED_SLOTS) {
            slots = new int[FIRST_SLOTS];
            slotEnds = new int[FIRST_REQUESTS + 1];
            wireEnds = new int[FIRST_REQUESTS];
            wireLengths = new long[FIRST_REQUESTS];
        }
    }

    /**
     * Requests r and later (and {@link #error} and {@link #more}) as a batch of its own, for a connection that stops in
     * the middle. Wire lengths are kept, wire ends are relative to the end of request r - 1.
     */
    public RequestBatch copyRest(int r) {
        RequestBatch rest = new RequestBatch();
        rest.error = error;
        rest.more = more;
        int firstSlot = slotEnds[r];
        int slotCount = slotEnds[size] - firstSlot;
        int low = Integer.MAX_VALUE;
        int high = 0;
        for (int i = firstSlot; i < slotEnds[size]; i += 2) {
            low = Math.min(low, slots[i]);
            high = Math.max(high, slots[i] + slots[i + 1]);
        }
        if (slotCount > 0) {
            rest.bytes = Arrays.copyOfRange(bytes, low, high);
        }
        rest.slots = new int[slotCount];
        for (int i = 0; i < slotCount; i += 2) {
            rest.slots[i] = slots[firstSlot + i] - low;
            rest.slots[i + 1] = slots[firstSlot + i + 1];
        }
        rest.size = size - r;
        rest.slotEnds = new int[rest.size + 1];
        rest.wireEnds = new int[rest.size];
        rest.wireLengths = Arrays.copyOfRange(wireLengths, r, size);
        int wireBase = r == 0 ? 0 : wireEnds[r - 1];
        for (int i = 0; i < rest.size; i++) {
            rest.slotEnds[i + 1] = slotEnds[r + i + 1] - firstSlot;
            rest.wireEnds[i] = wireEnds[r + i] - wireBase;
            if (scattered(r + i) != null) {
                rest.scatter(i, scattered[r + i].detach());
            }
        }
        return rest;
    }

    // What the decoder does.

    void attach(byte[] array) {
        assert size == 0 || bytes == array : "requests of two arrays in one batch";
        if (bytes != array) {
            bytes = array;
        }
    }

    int slotCount() {
        return slotEnds[size];
    }

    /** Makes room for so many more slots after the first {@code used}. */
    int[] reserve(int used, int more) {
        if (used + more > slots.length) {
            slots = Arrays.copyOf(slots, Math.max(used + more, 2 * slots.length));
        }
        return slots;
    }

    void add(int slotEnd, int wireEnd, long wireLength) {
        int r = size;
        if (r == wireEnds.length) {
            slotEnds = Arrays.copyOf(slotEnds, 2 * r + 1);
            wireEnds = Arrays.copyOf(wireEnds, 2 * r);
            wireLengths = Arrays.copyOf(wireLengths, 2 * r);
        }
        slotEnds[r + 1] = slotEnd;
        wireEnds[r] = wireEnd;
        wireLengths[r] = wireLength;
        size = r + 1;
    }

    void add(Arguments request, int wireEnd, long wireLength) {
        scatter(size, request);
        add(slotEnds[size], wireEnd, wireLength);
    }

    private Arguments scattered(int r) {
        return scattered == null || r >= scattered.length ? null : scattered[r];
    }

    private void scatter(int r, Arguments request) {
        if (scattered == null) {
            scattered = new Arguments[Math.max(wireEnds.length, r + 1)];
        } else if (r >= scattered.length) {
            scattered = Arrays.copyOf(scattered, 2 * (r + 1));
        }
        scattered[r] = request;
    }

    void fail(ProtocolError reason) {
        error = reason;
    }

    void stopEarly() {
        more = true;
    }
}
