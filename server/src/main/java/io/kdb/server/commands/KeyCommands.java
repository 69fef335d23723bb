package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RM;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import java.util.Arrays;
import java.util.List;

/** What every key allows, whatever it holds: deleting, renaming, copying, moving. */
public final class KeyCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("del", -2, keys(1, -1, 1, RM, DELETE), KeyCommands::del, WRITE).in(KEYSPACE),
            row("unlink", -2, keys(1, -1, 1, RM, DELETE), KeyCommands::del, WRITE, FAST)
                    .in(KEYSPACE),
            row("exists", -2, keys(1, -1, 1, RO), KeyCommands::exists, READONLY, FAST)
                    .in(KEYSPACE),
            row("touch", -2, keys(1, -1, 1, RO), KeyCommands::touch, READONLY, FAST)
                    .in(KEYSPACE),
            row("type", 2, key(1, RO), KeyCommands::type, READONLY, FAST).in(KEYSPACE),
            row("rename", 3, List.of(key(1, RW, ACCESS, DELETE), key(2, OW, UPDATE)), KeyCommands::rename, WRITE)
                    .in(KEYSPACE),
            row(
                            "renamenx",
                            3,
                            List.of(key(1, RW, ACCESS, DELETE), key(2, OW, INSERT)),
                            KeyCommands::renamenx,
                            WRITE,
                            FAST)
                    .in(KEYSPACE),
            row("copy", -3, List.of(key(1, RO, ACCESS), key(2, OW, UPDATE)), KeyCommands::copy, WRITE, DENYOOM)
                    .in(KEYSPACE),
            row("move", 3, key(1, RW, ACCESS, UPDATE), KeyCommands::move, WRITE, FAST)
                    .in(KEYSPACE));

    private static final CommandError SAME_OBJECT = new CommandError("ERR source and destination objects are the same");
    private static final CommandError COPY_IN_CLUSTER =
            new CommandError("ERR Copying to another database is not allowed in cluster mode");
    private static final CommandError MOVE_IN_CLUSTER = new CommandError("ERR MOVE is not allowed in cluster mode");
    private static final CommandError NOT_AN_INT = new CommandError(
            "ERR value is out of range, value must between " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE);

    private KeyCommands() {}

    // DEL key [key ...]
    // UNLINK key [key ...]
    private static void del(Call call) {
        int deleted = 0;
        for (int i = 1; i < call.args().count(); i++) {
            KeyCursor key = call.write(i);
            if (key.exists()) {
                key.delete();
                key.event(KeyspaceEvents.GENERIC, "del");
                deleted++;
            }
        }
        call.reply().integer(deleted);
    }

    // EXISTS key [key ...]
    private static void exists(Call call) {
        int found = 0;
        for (int i = 1; i < call.args().count(); i++) {
            found += call.glance(i).exists() ? 1 : 0;
        }
        call.reply().integer(found);
    }

    // TOUCH key [key ...]
    private static void touch(Call call) {
        int touched = 0;
        for (int i = 1; i < call.args().count(); i++) {
            touched += call.read(i).exists() ? 1 : 0;
        }
        call.reply().integer(touched);
    }

    // TYPE key
    private static void type(Call call) {
        call.reply().simple(call.glance(1).typeName());
    }

    // RENAME key newkey
    private static void rename(Call call) {
        if (rename(call, false)) {
            call.reply().ok();
        }
    }

    // RENAMENX key newkey
    private static void renamenx(Call call) {
        call.reply().integer(rename(call, true) ? 1 : 0);
    }

    /** False when {@code onlyNew} and the new key exists, even as the old one itself. */
    private static boolean rename(Call call, boolean onlyNew) {
        KeyCursor source = call.write(1);
        if (!source.exists()) {
            throw Errors.NO_SUCH_KEY;
        }
        if (sameKey(call.args())) {
            return !onlyNew;
        }
        KeyCursor target = call.other(call.db(), 2).lookupWrite();
        if (onlyNew && target.exists()) {
            return false;
        }
        target.moveFrom(source);
        source.event(KeyspaceEvents.GENERIC, "rename_from");
        target.event(KeyspaceEvents.GENERIC, "rename_to");
        return true;
    }

    private static boolean sameKey(Arguments args) {
        byte[] first = args.array(1);
        byte[] second = args.array(2);
        int from = args.offset(1);
        int at = args.offset(2);
        return Arrays.equals(first, from, from + args.length(1), second, at, at + args.length(2));
    }

    // COPY source destination [DB destination-db] [REPLACE]
    private static void copy(Call call) {
        Arguments args = call.args();
        int db = call.db();
        boolean replace = false;
        for (int i = 3; i < args.count(); i++) {
            if (args.is(i, "REPLACE")) {
                replace = true;
            } else if (args.is(i, "DB") && i + 1 < args.count()) {
                db = database(call, ++i);
            } else {
                throw Errors.SYNTAX;
            }
        }
        if (call.node().isClustered() && db != 0) {
            throw COPY_IN_CLUSTER;
        }
        if (db == call.db() && sameKey(args)) {
            throw SAME_OBJECT;
        }
        KeyCursor source = call.read(1);
        boolean copies = source.exists();
        if (copies) {
            KeyCursor target = call.other(db, 2).lookupWrite();
            copies = replace || !target.exists();
            if (copies) {
                target.copyFrom(source, source.expireAt());
                target.event(KeyspaceEvents.GENERIC, "copy_to");
            }
        }
        call.reply().integer(copies ? 1 : 0);
    }

    private static int database(Call call, int arg) {
        long db = call.integer(arg);
        if (db < Integer.MIN_VALUE || db > Integer.MAX_VALUE) {
            throw NOT_AN_INT;
        }
        if (db < 0 || db >= call.node().config().get(Parameters.DATABASES)) {
            throw Errors.DB_OUT_OF_RANGE;
        }
        return (int) db;
    }

    // MOVE key db
    private static void move(Call call) {
        if (call.node().isClustered()) {
            throw MOVE_IN_CLUSTER;
        }
        int db = database(call, 2);
        if (db == call.db()) {
            throw SAME_OBJECT;
        }
        KeyCursor source = call.write(1);
        boolean moves = source.exists();
        if (moves) {
            KeyCursor target = call.other(db, 1).lookupWrite();
            moves = !target.exists();
            if (moves) {
                target.moveFrom(source);
                source.event(KeyspaceEvents.GENERIC, "move_from");
                target.event(KeyspaceEvents.GENERIC, "move_to");
            }
        }
        call.reply().integer(moves ? 1 : 0);
    }
}
