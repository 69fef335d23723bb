package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.KeyCursor;
import java.util.HexFormat;

/** IFEQ, IFNE, IFDEQ and IFDNE of SET and DELEX: what a string, or its digest, must be or not be. Stateless. */
enum ValueCondition {
    IFEQ,
    IFNE,
    IFDEQ,
    IFDNE;

    private static final CommandError NO_DIGEST =
            new CommandError("ERR The digest must be exactly 16 hexadecimal characters");
    /** Asked for at every option of a SET: {@code values()} would make an array each time. */
    private static final ValueCondition[] ALL = values();

    private static final int DIGEST_LENGTH = 16;
    private static final int STEP = 4096;

    /** The condition that argument {@code i} names; null: none. */
    static ValueCondition of(Arguments args, int i) {
        for (ValueCondition condition : ALL) {
            if (args.is(i, condition.name())) {
                return condition;
            }
        }
        return null;
    }

    /** Whether the key, absent or a string, is as it must be beside argument {@code i}. */
    boolean holds(KeyCursor key, Arguments args, int i) {
        boolean wanted = this == IFEQ || this == IFDEQ;
        boolean byDigest = this == IFDEQ || this == IFDNE;
        if (byDigest) {
            requireDigest(args, i);
        }
        if (!key.exists()) {
            return !wanted;
        }
        boolean same = byDigest ? digest(key).equalsIgnoreCase(args.text(i)) : isEqual(key, args, i);
        return same == wanted;
    }

    private static void requireDigest(Arguments args, int i) {
        if (args.length(i) != DIGEST_LENGTH || !args.text(i).chars().allMatch(HexFormat::isHexDigit)) {
            throw NO_DIGEST;
        }
    }

    /** XXH3 of the string, in 16 hexadecimal digits. */
    static String digest(KeyCursor key) {
        return HexFormat.of()
                .toHexDigits(Xxh3.hash(
                        (position, target, count) -> key.readValue(position, target, 0, count), key.valueLength()));
    }

    /** Whether the string is the argument, compared a stretch at a time. */
    static boolean isEqual(KeyCursor key, Arguments args, int i) {
        int length = key.valueLength();
        if (length != args.length(i)) {
            return false;
        }
        byte[] array = args.array(i);
        int offset = args.offset(i);
        byte[] stretch = new byte[Math.min(length, STEP)];
        for (int at = 0; at < length; at += STEP) {
            int count = Math.min(STEP, length - at);
            key.readValue(at, stretch, 0, count);
            if (!java.util.Arrays.equals(stretch, 0, count, array, offset + at, offset + at + count)) {
                return false;
            }
        }
        return true;
    }
}
