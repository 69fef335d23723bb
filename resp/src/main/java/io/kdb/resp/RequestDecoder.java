package io.kdb.resp;

import java.util.List;

/**
 * Bytes of one connection to requests, as Redis 7.0 reads them. Owner: the connection's event loop.
 *
 * <p>An explicit state machine that resumes where the bytes ended. {@link #missing} arguments of the current request have
 * not been read; {@link #bulkLength} is that of the argument whose bytes come next, or -1 where its {@code $n} line does.
 * While a request is unfinished and small, its bytes stay with the caller, who presents them again, and the decoder keeps
 * where it was in them. When they grow beyond {@link #TAKEOVER_BYTES}, it takes them over into a {@link RequestAssembly}.
 *
 * <p>Note: as in Redis, a line is searched up to its '\r' (inline: '\n') or a NUL byte, whichever comes first, so a NUL
 * stops the connection until it exceeds the line's limit; the byte after '\r' and the two after a bulk are not looked at;
 * a line's first byte is judged only when the line is complete. Unlike Redis, whose check depends on how the bytes were cut
 * into reads, a line is refused exactly if its end is not among its first {@link RespLimits#MAX_LINE_BYTES} + 1 bytes.
 */
public final class RequestDecoder {
    /** The size of an argument's pieces: with its header an array of it fills 1 MiB exactly. */
    public static final int PIECE_BYTES = (1 << 20) - 16;

    /** The decoder takes over an unfinished request of this size, or with an argument longer than this. */
    public static final int TAKEOVER_BYTES = 32 * 1024;

    /** The bytes not consumed are never more than this; the caller's array must be larger. */
    public static final int MAX_TAIL_BYTES = TAKEOVER_BYTES + RespLimits.MAX_LINE_BYTES + 2;

    /** How many arguments fit Java's arrays; Redis' own limit is 2^31 - 1. */
    static final int GREATEST_ARGUMENTS = (Integer.MAX_VALUE - 8) / 2;

    /** The shortest argument on the wire: {@code $0\r\n\r\n}. */
    private static final int LEAST_ARGUMENT_BYTES = 6;

    private static final int MAX_RETAINED_SLOTS = 256;

    private final RespLimits limits;

    private int missing;
    private int bulkLength = -1;
    /** How far into the caller's tail the machine has come. */
    private int parsed;
    /** Arguments of the unfinished request, offsets relative to the tail. */
    private int[] tailSlots;

    private int tailSlotCount;
    private RequestAssembly assembly;
    /** Bytes consumed since the last complete request. */
    private long unattributed;

    private boolean failed;

    private final RequestLine line = new RequestLine();

    public RequestDecoder(RespLimits limits) {
        this.limits = limits;
    }

    public RequestDecoder() {
        this(new RespLimits());
    }

    public RespLimits limits() {
        return limits;
    }

    /** Bytes this decoder holds, the caller's tail not included. */
    public long retainedBytes() {
        return (tailSlots == null ? 0 : (long) tailSlots.length * Integer.BYTES)
                + (assembly == null ? 0 : assembly.retainedBytes());
    }

    /** Whether a request has begun and not ended, or bytes of it are with the caller. */
    public boolean midRequest() {
        return missing > 0;
    }

    /**
     * Appends every complete request in buf[from, to) to the batch. Returns the index of the first byte not consumed:
     * [that, to) must come first in the array of the next call. Malformed bytes set {@link RequestBatch#error}, after the
     * requests before them, and everything from there on is consumed and ignored.
     */
    public int decode(byte[] buf, int from, int to, RequestBatch out) {
        out.attach(buf);
        if (failed) {
            return to;
        }
        try {
            int start = from;
            if (assembly != null) {
                start = assemble(buf, from, to, out);
                if (assembly != null) {
                    unattributed += start - from;
                    return start;
                }
            }
            return requests(buf, start, to, out);
        } catch (ProtocolError error) {
            failed = true;
            assembly = null;
            tailSlots = null;
            out.fail(error);
            return to;
        }
    }

    /** Requests whose bytes are all in buf. */
    private int requests(byte[] buf, int from, int to, RequestBatch out) {
        int wireFrom = from;
        int start = from;
        int pos = from;
        int left = missing;
        int bulk = bulkLength;
        int used = out.slotCount();
        int[] slots = out.slots;
        if (left > 0) {
            pos = from + parsed;
            slots = out.reserve(used, tailSlotCount + slotBound(left, pos, to));
            for (int i = 0; i < tailSlotCount; i += 2) {
                slots[used++] = tailSlots[i] + from;
                slots[used++] = tailSlots[i + 1];
            }
        }
        for (; ; ) {
            if (left == 0) {
                if (pos == to) {
                    return consumed(wireFrom, pos);
                }
                if (buf[pos] != '*') {
                    int before = out.size();
                    int end = inline(buf, pos, to, out, wireFrom);
                    if (end < 0) {
                        return consumed(wireFrom, pos);
                    }
                    pos = start = end;
                    if (out.size() > before) {
                        wireFrom = end;
                        used = out.slotCount();
                        slots = out.slots;
                    }
                    continue;
                }
                int digit;
                if (to - pos >= 4 && buf[pos + 2] == '\r' && (digit = buf[pos + 1] - '0') > 0 && digit <= 9) {
                    left = digit;
                    pos += 4;
                } else {
                    long n = line.number(buf, pos, to);
                    if (n == RequestLine.INCOMPLETE) {
                        return consumed(wireFrom, pos);
                    }
                    left = multibulkCount(n);
                    if (left < 0) {
                        if (out.size() == 0) {
                            throw new ProtocolError(ProtocolError.UNAUTHENTICATED_MULTIBULK);
                        }
                        out.stopEarly();
                        return consumed(wireFrom, pos);
                    }
                    pos = line.end();
                    if (left == 0) {
                        start = pos;
                        continue;
                    }
                }
                slots = out.reserve(used, slotBound(left, pos, to));
            }
            do {
                if (bulk < 0) {
                    int digit;
                    if (to - pos >= 5 && buf[pos] == '$' && (digit = buf[pos + 1] - '0') >= 0 && digit <= 9) {
                        if (buf[pos + 2] == '\r') {
                            bulk = digit;
                            pos += 4;
                        } else if (buf[pos + 3] == '\r' && digit > 0) {
                            int second = buf[pos + 2] - '0';
                            if (second >= 0 && second <= 9) {
                                bulk = digit * 10 + second;
                                pos += 5;
                            }
                        }
                    }
                    if (bulk < 0) {
                        long n = line.number(buf, pos, to);
                        if (n == RequestLine.INCOMPLETE) {
                            return suspend(buf, start, pos, to, left, -1, out, used, wireFrom);
                        }
                        bulk = bulkLength(n, buf[pos]);
                        if (bulk < 0) {
                            if (out.size() == 0) {
                                throw new ProtocolError(ProtocolError.UNAUTHENTICATED_BULK);
                            }
                            restart();
                            out.stopEarly();
                            return consumed(wireFrom, start);
                        }
                        pos = line.end();
                    }
                }
                if (to - pos < bulk + 2) {
                    return suspend(buf, start, pos, to, left, bulk, out, used, wireFrom);
                }
                slots[used] = pos;
                slots[used + 1] = bulk;
                used += 2;
                pos += bulk + 2;
                bulk = -1;
            } while (--left > 0);
            out.add(used, pos, unattributed + (pos - wireFrom));
            unattributed = 0;
            start = wireFrom = pos;
            if (missing > 0) {
                restart();
            }
        }
    }

    /** The most slots that the arguments still missing can take, judged by the bytes that are there. */
    private static int slotBound(int left, int pos, int to) {
        return 2 * Math.min(left, (to - pos) / LEAST_ARGUMENT_BYTES + 1);
    }

    private int consumed(int wireFrom, int pos) {
        unattributed += pos - wireFrom;
        return pos;
    }

    /** Back to the start of a request. */
    private void restart() {
        missing = 0;
        bulkLength = -1;
        parsed = 0;
        tailSlotCount = 0;
        if (tailSlots != null && tailSlots.length > MAX_RETAINED_SLOTS) {
            tailSlots = null;
        }
    }

    /** The bytes end inside a request that starts at start; its arguments so far are the batch's last slots. */
    private int suspend(
            byte[] buf, int start, int pos, int to, int left, int bulk, RequestBatch out, int used, int wireFrom) {
        int firstSlot = out.slotCount();
        int count = used - firstSlot;
        int[] slots = out.slots;
        missing = left;
        bulkLength = bulk;
        if (bulk > TAKEOVER_BYTES || to - start >= TAKEOVER_BYTES) {
            assembly = new RequestAssembly();
            for (int i = firstSlot; i < used; i += 2) {
                assembly.add(buf, slots[i], slots[i + 1]);
            }
            tailSlots = null;
            tailSlotCount = 0;
            parsed = 0;
            if (bulk >= 0) {
                assembly.begin(bulk);
                int n = Math.min(bulk, to - pos);
                assembly.append(buf, pos, n);
                return consumed(wireFrom, pos + n);
            }
            return consumed(wireFrom, pos);
        }
        if (tailSlots == null || tailSlots.length < count) {
            tailSlots = new int[Math.max(16, count)];
        }
        for (int i = 0; i < count; i += 2) {
            tailSlots[i] = slots[firstSlot + i] - start;
            tailSlots[i + 1] = slots[firstSlot + i + 1];
        }
        tailSlotCount = count;
        parsed = pos - start;
        return consumed(wireFrom, start);
    }

    /** Continues the request that was taken over; {@link #assembly} is null when it is complete. */
    private int assemble(byte[] buf, int from, int to, RequestBatch out) {
        int pos = from;
        for (; ; ) {
            if (bulkLength < 0) {
                long n = line.number(buf, pos, to);
                if (n == RequestLine.INCOMPLETE) {
                    return pos;
                }
                int length = bulkLength(n, buf[pos]);
                if (length < 0) {
                    throw new ProtocolError(ProtocolError.UNAUTHENTICATED_BULK);
                }
                pos = line.end();
                bulkLength = length;
                assembly.begin(length);
            }
            int n = Math.min(assembly.missing(), to - pos);
            assembly.append(buf, pos, n);
            pos += n;
            if (assembly.missing() > 0 || to - pos < 2) {
                return pos;
            }
            pos += 2;
            assembly.end();
            bulkLength = -1;
            if (--missing == 0) {
                out.add(assembly.finish(), pos, unattributed + (pos - from));
                unattributed = 0;
                assembly = null;
                restart();
                return pos;
            }
        }
    }

    /** An inline request at pos; returns the index after it, or -1 if its end is not there yet. */
    private int inline(byte[] buf, int pos, int to, RequestBatch out, int wireFrom) {
        int newline = line.find((byte) '\n', buf, pos, to);
        if (newline < 0) {
            if (RequestLine.isTooLong(pos, to)) {
                throw new ProtocolError(ProtocolError.TOO_BIG_INLINE);
            }
            return -1;
        }
        int end = newline > pos && buf[newline - 1] == '\r' ? newline - 1 : newline;
        int used = out.slotCount();
        int i = pos;
        int n = used;
        for (; ; ) {
            while (i < end && ArgumentSplitter.isSpace(buf[i])) {
                i++;
            }
            if (i == end) {
                break;
            }
            int first = i;
            byte b = buf[i];
            while (b != ' ' && b != '\t' && b != '\r') {
                if (b == '"' || b == '\'') {
                    return quoted(buf, pos, end, newline + 1, out, wireFrom);
                }
                if (++i == end) {
                    break;
                }
                b = buf[i];
            }
            int[] slots = out.reserve(n, 2);
            slots[n++] = first;
            slots[n++] = i - first;
        }
        if (n > used) {
            attribute(out, n, null, newline + 1, wireFrom);
        }
        return newline + 1;
    }

    private int quoted(byte[] buf, int pos, int end, int next, RequestBatch out, int wireFrom) {
        List<byte[]> arguments = ArgumentSplitter.split(buf, pos, end);
        if (arguments == null) {
            throw new ProtocolError(ProtocolError.UNBALANCED_QUOTES);
        }
        attribute(out, 0, Arguments.of(arguments.toArray(new byte[0][])), next, wireFrom);
        return next;
    }

    private void attribute(RequestBatch out, int slotEnd, Arguments apart, int next, int wireFrom) {
        long wireLength = unattributed + (next - wireFrom);
        unattributed = 0;
        if (apart != null) {
            out.add(apart, next, wireLength);
        } else {
            out.add(slotEnd, next, wireLength);
        }
    }

    private int multibulkCount(long n) {
        if (n == RequestLine.TOO_LONG) {
            throw new ProtocolError(ProtocolError.TOO_BIG_MULTIBULK_LINE);
        }
        if (n == RequestLine.NOT_A_NUMBER || n > Integer.MAX_VALUE) {
            throw new ProtocolError(ProtocolError.INVALID_MULTIBULK);
        }
        if (n > RespLimits.UNAUTHENTICATED_ARGUMENTS && !limits.authenticated()) {
            return -1;
        }
        return (int) Math.max(n, 0);
    }

    /** The length of a bulk, or -1 if it is not allowed before authentication. */
    private int bulkLength(long n, byte type) {
        if (n == RequestLine.TOO_LONG) {
            throw new ProtocolError(ProtocolError.TOO_BIG_BULK_LINE);
        }
        if (type != '$') {
            throw ProtocolError.expectedBulk(type);
        }
        if (n < 0 || n > limits.maxBulkBytes()) {
            throw new ProtocolError(ProtocolError.INVALID_BULK);
        }
        if (n > RespLimits.UNAUTHENTICATED_BULK_BYTES && !limits.authenticated()) {
            return -1;
        }
        return (int) n;
    }
}
