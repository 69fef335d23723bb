package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HASH;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Getting and setting the fields of hashes. */
public final class HashCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("hset", -4, key(1, RW, UPDATE), HashCommands::hset, WRITE, DENYOOM, FAST)
                    .in(HASH)
                    .elements(2, 2),
            row("hsetnx", 4, key(1, RW, INSERT), HashCommands::hsetnx, WRITE, DENYOOM, FAST)
                    .in(HASH)
                    .elements(2, 2),
            row("hget", 3, key(1, RO, ACCESS), HashCommands::hget, READONLY, FAST)
                    .in(HASH)
                    .elements(2, 1),
            row("hmset", -4, key(1, RW, UPDATE), HashCommands::hmset, WRITE, DENYOOM, FAST)
                    .in(HASH)
                    .elements(2, 2),
            row("hmget", -3, key(1, RO, ACCESS), HashCommands::hmget, READONLY, FAST)
                    .in(HASH)
                    .elements(2, 1),
            row("hdel", -3, key(1, RW, DELETE), HashCommands::hdel, WRITE, FAST)
                    .in(HASH)
                    .elements(2, 1),
            row("hlen", 2, key(1, RO), HashCommands::hlen, READONLY, FAST).in(HASH),
            row("hstrlen", 3, key(1, RO), HashCommands::hstrlen, READONLY, FAST)
                    .in(HASH)
                    .elements(2, 1),
            row("hkeys", 2, key(1, RO, ACCESS), HashCommands::hkeys, READONLY).in(HASH),
            row("hvals", 2, key(1, RO, ACCESS), HashCommands::hvals, READONLY).in(HASH),
            row("hgetall", 2, key(1, RO, ACCESS), HashCommands::hgetall, READONLY)
                    .in(HASH),
            row("hexists", 3, key(1, RO), HashCommands::hexists, READONLY, FAST)
                    .in(HASH)
                    .elements(2, 1));

    private HashCommands() {}

    // HSET key field value [field value ...]
    private static void hset(Call call) {
        call.reply().integer(setAll(call));
    }

    // HMSET key field value [field value ...]
    private static void hmset(Call call) {
        setAll(call);
        call.reply().ok();
    }

    /** Answers how many fields are new. */
    private static long setAll(Call call) {
        Arguments args = call.args();
        if (args.count() % 2 == 1) {
            throw Errors.wrongArity(call.spec());
        }
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        HashValue hash = key.hash();
        long added = 0;
        int i = 2;
        try {
            for (; i < args.count(); i += 2) {
                hash = dropExpired(call, key, hash, i);
                added += hash.set(args, i, i + 1) ? 1 : 0;
                call.doneUpTo(i + 2);
            }
        } finally {
            if (i > 2) {
                key.changed();
                key.event(KeyspaceEvents.HASH, "hset");
                call.changed(i / 2 - 2);
            }
        }
        return added;
    }

    /** Removes the field if it is past its time, so that it is new; the hash, which may have been made anew. */
    private static HashValue dropExpired(Call call, KeyCursor key, HashValue hash, int field) {
        if (hash.hasExpiries()) {
            FieldExpiry.find(call, key, hash, field);
        }
        return key.exists() ? hash : key.hash();
    }

    // HSETNX key field value
    private static void hsetnx(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        HashValue hash = dropExpired(call, key, key.hash(), 2);
        if (find(call, hash, 2)) {
            call.reply().integer(0);
            return;
        }
        hash.set(call.args(), 2, 3);
        key.changed();
        key.event(KeyspaceEvents.HASH, "hset");
        call.reply().integer(1);
    }

    private static boolean find(Call call, HashValue hash, int arg) {
        Arguments args = call.args();
        return hash.find(args.array(arg), args.offset(arg), args.length(arg));
    }

    // HGET key field
    private static void hget(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        HashValue hash = key.exists() ? key.hash() : null;
        if (hash != null && FieldExpiry.find(call, key, hash, 2)) {
            hash.value().reply(call.reply());
        } else {
            call.reply().nullBulk();
        }
    }

    // HMGET key field [field ...]
    private static void hmget(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        HashValue hash = key.exists() ? key.hash() : null;
        int count = call.args().count();
        call.reply().array(count - 2);
        for (int i = 2; i < count; i++) {
            if (hash != null && FieldExpiry.find(call, key, hash, i)) {
                hash.value().reply(call.reply());
            } else {
                call.reply().nullBulk();
            }
        }
    }

    // HDEL key field [field ...]
    private static void hdel(Call call) {
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        long removed = 0;
        if (key.exists()) {
            HashValue hash = key.hash();
            try {
                for (int i = 2; i < call.args().count() && !hash.isEmpty(); i++) {
                    if (find(call, hash, i)) {
                        hash.remove();
                        removed++;
                        call.doneUpTo(i + 1);
                    }
                }
            } finally {
                if (removed > 0) {
                    key.changed();
                    key.event(KeyspaceEvents.HASH, "hdel");
                    call.changed(removed - 1);
                    if (hash.isEmpty()) {
                        key.delete();
                        key.event(KeyspaceEvents.GENERIC, "del");
                    }
                }
            }
        }
        call.reply().integer(removed);
    }

    // HLEN key
    private static void hlen(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        call.reply().integer(key.exists() ? key.hash().size() : 0);
    }

    // HSTRLEN key field
    private static void hstrlen(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        HashValue hash = key.exists() ? key.hash() : null;
        boolean found = hash != null && FieldExpiry.find(call, key, hash, 2);
        call.reply().integer(found ? hash.value().length() : 0);
    }

    // HEXISTS key field
    private static void hexists(Call call) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        call.reply().integer(key.exists() && FieldExpiry.find(call, key, key.hash(), 2) ? 1 : 0);
    }

    // HKEYS key
    private static void hkeys(Call call) {
        all(call, true, false);
    }

    // HVALS key
    private static void hvals(Call call) {
        all(call, false, true);
    }

    // HGETALL key
    private static void hgetall(Call call) {
        all(call, true, true);
    }

    private static void all(Call call, boolean fields, boolean values) {
        KeyCursor key = call.read(1).requireType(ValueType.HASH);
        HashValue hash = key.exists() ? key.hash() : null;
        long now = FieldExpiry.now(call);
        long size = hash == null ? 0 : hash.liveSize(now);
        if (fields && values) {
            call.reply().map(size);
        } else {
            call.reply().array(size);
        }
        if (hash == null) {
            return;
        }
        boolean expiring = hash.hasExpiries();
        for (boolean more = hash.first(); more; more = hash.next()) {
            if (expiring && hash.isExpired(now)) {
                continue;
            }
            if (fields) {
                hash.field().reply(call.reply());
            }
            if (values) {
                hash.value().reply(call.reply());
            }
        }
    }
}
