package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HASH;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Finding fields of hashes without knowing them. */
public final class HashWalkCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("hrandfield", -2, key(1, RO, ACCESS), HashWalkCommands::hrandfield, READONLY)
                    .in(HASH),
            row("hscan", -3, key(1, RO, ACCESS), HashWalkCommands::hscan, READONLY)
                    .in(HASH));

    private HashWalkCommands() {}

    // HSCAN key cursor [MATCH pattern] [COUNT count]
    private static void hscan(Call call) {
        long cursor = CollectionScan.cursor(call);
        KeyCursor key = call.read(1);
        if (!key.exists()) {
            CollectionScan.empty(call);
            return;
        }
        HashValue hash = key.requireType(ValueType.HASH).hash();
        long now = FieldExpiry.now(call);
        boolean expiring = hash.hasExpiries();
        CollectionScan.reply(call, hash, cursor, 2, () -> !expiring || !hash.isExpired(now), () -> {
            hash.field().reply(call.reply());
            hash.value().reply(call.reply());
        });
    }

    // HRANDFIELD key [count [WITHVALUES]]
    private static void hrandfield(Call call) {
        Arguments args = call.args();
        if (args.count() == 2) {
            KeyCursor key = call.read(1);
            HashValue hash = key.exists() ? key.requireType(ValueType.HASH).hash() : null;
            if (hash != null) {
                FieldExpiry.removeAll(call, key, hash);
            }
            if (key.exists()) {
                RandomElements.one(hash);
                hash.field().reply(call.reply());
            } else {
                call.reply().nullBulk();
            }
            return;
        }
        long count = call.integer(2);
        if (count == Long.MIN_VALUE) {
            throw RandomElements.COUNT_OUT_OF_RANGE;
        }
        boolean withValues = args.count() > 3;
        if (args.count() > 4 || withValues && !args.is(3, "WITHVALUES")) {
            throw Errors.SYNTAX;
        }
        if (withValues && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
            throw Errors.OUT_OF_RANGE;
        }
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        if (!key.exists() || count == 0) {
            call.reply().array(0);
            return;
        }
        HashValue hash = key.hash();
        FieldExpiry.removeAll(call, key, hash);
        if (key.exists()) {
            randomFields(call, hash, count, withValues);
        } else {
            call.reply().array(0);
        }
    }

    private static void randomFields(Call call, HashValue hash, long count, boolean withValues) {
        ReplyWriter reply = call.reply();
        boolean pairs = withValues && reply.resp3();
        long fields = count < 0 ? -count : Math.min(count, hash.size());
        reply.array(withValues && !pairs ? 2 * fields : fields);
        Runnable element = () -> {
            if (pairs) {
                reply.array(2);
            }
            hash.field().reply(reply);
            if (withValues) {
                hash.value().reply(reply);
            }
        };
        if (count < 0) {
            RandomElements.repeated(hash, fields, reply, element);
        } else if (count >= hash.size()) {
            for (boolean more = hash.first(); more; more = hash.next()) {
                element.run();
            }
        } else {
            RandomElements.distinct(hash, count, element);
        }
    }
}
