package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.resp.Numbers;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.ValueType;

/**
 * A key's value as a string: reading and changing it, whole or in parts. Owner: the running {@link Call}; the key's segment is
 * held.
 */
public abstract sealed class KeyString extends KeyPlace permits KeyCursor {
    private final byte[] digits = new byte[Numbers.MAX_LONG_CHARS];

    KeyString(Call call) {
        super(call);
    }

    // ---- reading
    // ---------------------------------------------------------------------------------------------------------

    public boolean isString() {
        return ref != 0 && table.type(ref) == ValueType.STRING;
    }

    /** Bytes of the string, 0 when absent. */
    public int valueLength() {
        return ref == 0 ? 0 : (int) table.valueLength(ref);
    }

    /** The whole value in an array of its own. */
    public byte[] value() {
        return table.value(ref);
    }

    /** Copies a range of the value, which must lie within it. */
    public void readValue(int from, byte[] target, int at, int count) {
        table.readValue(ref, from, target, at, count);
    }

    /** The string as a bulk reply. */
    public void replyValue(ReplyWriter reply) {
        if (table.isContiguous(ref)) {
            reply.bulk(table.valueArray(ref), table.valueOffset(ref), (int) table.valueLength(ref));
        } else {
            replyRange(reply, 0, (int) table.valueLength(ref));
        }
    }

    /** A range of the string, which must lie within it, as a bulk reply. */
    public void replyRange(ReplyWriter reply, int from, int count) {
        reply.bulkHeader(count);
        long position = from;
        int left = count;
        while (left > 0) {
            int run = Math.min(left, table.runLength(ref, position));
            reply.append(table.runArray(ref, position), table.runOffset(ref, position), run);
            position += run;
            left -= run;
        }
        reply.bulkEnd();
    }

    /** How many bytes lie together from this position on, in {@link #runArray} from {@link #runOffset} on. */
    public int runLength(int position) {
        return table.runLength(ref, position);
    }

    public byte[] runArray(int position) {
        return table.runArray(ref, position);
    }

    public int runOffset(int position) {
        return table.runOffset(ref, position);
    }

    /** The string as a 64-bit integer; 0 when absent. */
    public long integerValue(CommandError otherwise) {
        if (ref == 0) {
            return 0;
        }
        int size = valueLength();
        if (size > digits.length) {
            throw otherwise;
        }
        table.readValue(ref, 0, digits, 0, size);
        return ArgumentNumbers.parse(digits, 0, size, otherwise);
    }

    // ---- changing
    // --------------------------------------------------------------------------------------------------------

    /** SET with argument {@code arg}, in pieces or not. {@code expireAt}: ms, NO_EXPIRY or {@link KeyTable#KEEP_TTL}. */
    public void setString(Arguments args, int arg, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.putString(ref, array, offset, length, hash, args, arg, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to these bytes, encoded as SET does. */
    public void setString(byte[] value, int from, int count, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.putString(ref, array, offset, length, hash, value, from, count, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to a number, keeping the expiry. */
    public void setInteger(long value) {
        setString(digits, 0, Numbers.write(value, digits, 0), KeyTable.KEEP_TTL);
    }

    /** Gives the string another length, zeros behind the old end; creates it when absent. Its encoding becomes raw. */
    public void resizeString(int newLength) {
        boolean isNew = ref == 0;
        if (isNew) {
            ref = table.put(
                    ref, array, offset, length, hash, ValueType.STRING, Encoding.RAW, new byte[0], 0, 0, NO_EXPIRY);
        }
        try {
            ref = table.resize(ref, newLength);
        } catch (StoreFull full) {
            if (isNew) {
                table.delete(ref, hash);
                ref = 0;
            }
            throw full;
        }
        table.setEncoding(ref, Encoding.RAW);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to a string of this length, whose bytes the caller then writes with {@link #writeRange}. Its encoding is raw. */
    public void reserveString(int newLength, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.reserve(ref, array, offset, length, hash, ValueType.STRING, Encoding.RAW, newLength, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** Makes sure that {@link #writeRange} within this range, as far as the string goes, needs no memory any more. */
    public void ownRange(int from, int to) {
        if (ref != 0) {
            ref = table.ownRange(ref, from, to);
        }
    }

    /** Overwrites a range, which must lie within the value. Its encoding becomes raw. */
    public void writeRange(int at, byte[] source, int from, int count) {
        ref = table.write(ref, at, source, from, count);
        table.setEncoding(ref, Encoding.RAW);
        modified();
    }

    /** Adds bytes to the string's end; the string exists. Its encoding becomes raw. */
    public void append(byte[] source, int from, int count) {
        ref = table.append(ref, source, from, count);
        table.setEncoding(ref, Encoding.RAW);
        modified();
    }
}
