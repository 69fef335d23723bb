package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import java.util.Arrays;

/**
 * BITOP, a stretch of all its strings after the other, so that no value is ever copied whole. Owner: the running call.
 *
 * <p>Note: the target may be one of the sources. Then it is grown first, which changes nothing of what is read (a shorter
 * source counts as padded by zeros), and each stretch is written after it has been read.
 */
final class BitopCommand {
    private static final CommandError NOT_OF_ONE =
            new CommandError("ERR BITOP NOT must be called with a single source key.");
    private static final int STRETCH = 16 << 10;
    private static final int FIRST_SOURCE = 3;

    private enum Operation {
        AND,
        OR,
        XOR,
        NOT
    }

    private final Call call;
    private final Operation operation;
    private final int[] lengths;
    private final byte[] stretch;

    private BitopCommand(Call call, Operation operation, int[] lengths, int longest) {
        this.call = call;
        this.operation = operation;
        this.lengths = lengths;
        this.stretch = new byte[Math.min(longest, STRETCH)];
    }

    // BITOP AND | OR | XOR | NOT destkey key [key ...]
    static void bitop(Call call) {
        Arguments args = call.args();
        Operation operation = null;
        for (Operation candidate : Operation.values()) {
            if (args.is(1, candidate.name())) {
                operation = candidate;
            }
        }
        if (operation == null) {
            throw Errors.SYNTAX;
        }
        if (operation == Operation.NOT && args.count() != FIRST_SOURCE + 1) {
            throw NOT_OF_ONE;
        }
        int[] lengths = new int[args.count() - FIRST_SOURCE];
        int longest = 0;
        boolean ofItself = false;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = call.other(call.db(), FIRST_SOURCE + i)
                    .lookupRead()
                    .requireString()
                    .valueLength();
            longest = Math.max(longest, lengths[i]);
            ofItself |= isSame(args, 2, FIRST_SOURCE + i);
        }
        if (longest > 0) {
            KeyCursor target = call.write(2);
            if (ofItself) {
                grow(target, longest);
            } else {
                target.reserveString(longest, KeyCursor.NO_EXPIRY);
            }
            new BitopCommand(call, operation, lengths, longest).combine(target, longest);
            target.event(KeyspaceEvents.STRING, "set");
        } else {
            call.other(call.db(), 2).replaceByNothing();
        }
        call.reply().integer(longest);
    }

    private static boolean isSame(Arguments args, int one, int two) {
        return Arrays.equals(
                args.array(one),
                args.offset(one),
                args.offset(one) + args.length(one),
                args.array(two),
                args.offset(two),
                args.offset(two) + args.length(two));
    }

    /** What may need memory comes first: a half-done result would be neither the old value nor the new one. */
    private static void grow(KeyCursor target, int longest) {
        target.ownRange(0, longest);
        target.resizeString(longest);
        if (target.expireAt() != KeyCursor.NO_EXPIRY) {
            target.expireAt(KeyCursor.NO_EXPIRY);
        }
    }

    private void combine(KeyCursor target, int longest) {
        for (int at = 0; at < longest; at += STRETCH) {
            int count = Math.min(STRETCH, longest - at);
            for (int i = 0; i < lengths.length; i++) {
                int here = Math.max(0, Math.min(count, lengths[i] - at));
                KeyCursor source = here == 0
                        ? null
                        : call.other(call.db(), FIRST_SOURCE + i).lookupPeek();
                if (i == 0) {
                    if (here > 0) {
                        source.readValue(at, stretch, 0, here);
                    }
                    Arrays.fill(stretch, here, count, (byte) 0);
                } else {
                    add(source, at, here, count);
                }
            }
            if (operation == Operation.NOT) {
                Bits.not(stretch, count);
            }
            target.writeRange(at, stretch, 0, count);
        }
    }

    private void add(KeyCursor source, int at, int here, int count) {
        for (int done = 0; done < here; ) {
            int run = Math.min(source.runLength(at + done), here - done);
            byte[] array = source.runArray(at + done);
            int offset = source.runOffset(at + done);
            switch (operation) {
                case AND -> Bits.and(stretch, done, array, offset, run);
                case OR -> Bits.or(stretch, done, array, offset, run);
                default -> Bits.xor(stretch, done, array, offset, run);
            }
            done += run;
        }
        if (operation == Operation.AND) {
            Arrays.fill(stretch, here, count, (byte) 0);
        }
    }
}
