package io.kdb.server.commands;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.store.Elements;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Elements chosen by chance, each as likely as any other, for SRANDMEMBER, SPOP and HRANDFIELD. Stateless.
 *
 * <p>Note: a collection knows its n-th element, so a choice is a number. Redis' tables do not, which makes its choices
 * uneven; nothing here depends on how elements lie.
 */
final class RandomElements {
    static final CommandError COUNT_OUT_OF_RANGE = new CommandError(
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    /** A reply of repeated elements stops here: Redis would go on until it is killed. */
    static final long MAX_REPLY_BYTES = 256L << 20;

    private static final CommandError REPLY_TOO_LONG =
            new CommandError("ERR value is out of range, the reply would exceed " + MAX_REPLY_BYTES + " bytes");

    private RandomElements() {}

    /** Stands the value on a random element; it is not empty. */
    static void one(Elements value) {
        value.seekIndex(ThreadLocalRandom.current().nextLong(value.size()));
    }

    /** So many independent choices. */
    static void repeated(Elements value, long count, ReplyWriter reply, Runnable element) {
        long start = reply.buffer().written();
        for (long i = 0; i < count; i++) {
            one(value);
            element.run();
            if (reply.buffer().written() - start > MAX_REPLY_BYTES) {
                throw REPLY_TOO_LONG;
            }
        }
    }

    /** So many different elements, fewer than there are. */
    static void distinct(Elements value, long count, Runnable element) {
        long size = value.size();
        if (count > size / 4) {
            walk(value, count, size, element);
            return;
        }
        // Floyd: the i-th choice is among the first size - count + i; one that was made before gives way to the last of
        // these.
        LongSet chosen = new LongSet((int) count);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (long last = size - count; last < size; last++) {
            long choice = random.nextLong(last + 1);
            if (!chosen.add(choice)) {
                choice = last;
                chosen.add(last);
            }
            value.seekIndex(choice);
            element.run();
        }
    }

    /** Selection sampling: an element is taken with the chance that its place among those still wanted gives it. */
    private static void walk(Elements value, long count, long size, Runnable element) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long wanted = count;
        long left = size;
        for (boolean more = value.first(); more && wanted > 0; more = value.next()) {
            if (random.nextLong(left--) < wanted) {
                element.run();
                wanted--;
            }
        }
    }

    /** Numbers from 0 up, by open addressing. */
    private static final class LongSet {
        private final long[] slots;

        LongSet(int capacity) {
            slots = new long[Integer.highestOneBit(Math.max(capacity, 1)) << 2];
        }

        boolean add(long number) {
            long kept = number + 1; // 0 is an empty slot
            int mask = slots.length - 1;
            int i = (int) ((kept * 0x9E3779B97F4A7C15L) >>> 33) & mask;
            while (slots[i] != 0) {
                if (slots[i] == kept) {
                    return false;
                }
                i = i + 1 & mask;
            }
            slots[i] = kept;
            return true;
        }
    }
}
