package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFlag;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.StoreFull;

/**
 * Fields that are past their time: nobody sees them, and a primary removes those that it meets; and how times and fields stand
 * in the commands about them. Stateless.
 */
final class FieldExpiry {
    static final CommandError NO_FIELDS =
            new CommandError("ERR Mandatory argument FIELDS is missing or not at the right position");
    static final CommandError COUNT_NOT_POSITIVE = new CommandError("ERR Number of fields must be a positive integer");
    private static final CommandError COUNT_MISMATCH =
            new CommandError("ERR The `numfields` parameter must match the number of arguments");
    private static final CommandError NEGATIVE_TIME = new CommandError("ERR invalid expire time, must be >= 0");
    private static final CommandError REPLICA_CANNOT = new CommandError(
            "ERR a replica is attached that does not know fields that expire (expected: kdb replicas only)");

    private FieldExpiry() {}

    /** Up to which time fields are gone for this caller: the stream from a primary sees all. */
    static long now(Call call) {
        return call.isObeyed() ? Long.MIN_VALUE : call.nowMs();
    }

    /** Whether the hash has the field of argument {@code arg}, and stands on it. The key may be gone afterwards, with its last field. */
    static boolean find(Call call, KeyCursor key, HashValue hash, int arg) {
        Arguments args = call.args();
        if (!key.exists() || !hash.find(args.array(arg), args.offset(arg), args.length(arg))) {
            return false;
        }
        if (!hash.hasExpiries() || !hash.isExpired(now(call))) {
            return true;
        }
        if (call.mayExpire()) {
            hash.find(args.array(arg), args.offset(arg), args.length(arg));
            expire(call, key, hash);
        }
        return false;
    }

    /** Removes the field. Who only reads need not be told that there is no memory to do so: it is gone for everybody. */
    private static void expire(Call call, KeyCursor key, HashValue hash) {
        try {
            key.expireField(hash);
        } catch (StoreFull full) {
            if (!call.spec().has(CommandFlag.READONLY)) {
                throw full;
            }
        }
    }

    /** Removes all fields that are past their time, where this node may. The key may be gone afterwards. */
    static void removeAll(Call call, KeyCursor key, HashValue hash) {
        if (!hash.hasExpiries() || !call.mayExpire() || call.isObeyed()) {
            return;
        }
        for (byte[] field : hash.expired(call.nowMs())) {
            if (hash.find(field, 0, field.length)) {
                key.expireField(hash);
            }
        }
    }

    /** The time of argument {@code arg} in milliseconds since 1970. */
    static long time(Call call, int arg, boolean seconds, boolean relative) {
        long value = call.integer(arg);
        if (value < 0) {
            throw NEGATIVE_TIME;
        }
        if (value > (seconds ? HashValue.MAX_EXPIRY / 1000 : HashValue.MAX_EXPIRY)) {
            throw Errors.invalidExpire(call.spec());
        }
        long ms = seconds ? value * 1000 : value;
        if (relative && ms > HashValue.MAX_EXPIRY - call.nowMs()) {
            throw Errors.invalidExpire(call.spec());
        }
        return relative ? ms + call.nowMs() : ms;
    }

    /** Checks {@code FIELDS count field [field ...]} from argument {@code at} to the end; answers the first field's argument. */
    static int fields(Call call, int at, CommandError countError) {
        Arguments args = call.args();
        if (at >= args.count() || !args.is(at, "FIELDS")) {
            throw NO_FIELDS;
        }
        if (at + 1 >= args.count()) {
            throw countError;
        }
        long count = call.integer(at + 1, 1, Long.MAX_VALUE, countError);
        if (count != args.count() - at - 2) {
            throw COUNT_MISMATCH;
        }
        return at + 2;
    }

    /** @throws CommandError when a replica would not understand what is to be logged */
    static void requireReplicas(Call call) {
        if (!call.isObeyed() && !call.node().replication().allKnowFieldExpiry()) {
            throw REPLICA_CANNOT;
        }
    }
}
