package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.DANGEROUS;
import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.OWN_LOCKS;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.DELETE;
import static io.kdb.server.dispatch.KeySpec.Flag.INCOMPLETE;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.afterKeyword;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.dispatch.KeyHold;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Suspension;
import io.kdb.server.migration.TargetLinks;
import io.kdb.server.persist.DumpPayload;
import io.kdb.server.persist.PiecedBytes;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.Segment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys that a user moves by hand.
 *
 * <p>Note: a key must not change between its dump and its deletion, and no lock can be held while the network is waited
 * for. So the keys are put on hold first, in an exclusive section: no writing command is between its gates and its keys
 * then, and each that comes later waits until MIGRATE is through ({@link KeyHold}); reading goes on. Expiry and eviction
 * may still take a key away: then there is nothing left to delete. The end of the exchange runs on the event loop of the
 * command's connection whether or not that connection is still there.
 */
public final class MigrateCommands {
    public static final List<CommandSpec> TABLE = List.of(row(
                    "migrate",
                    -6,
                    List.of(
                            key(3, RW, ACCESS, DELETE),
                            afterKeyword("KEYS", -2, -1, 1, 0, RW, ACCESS, DELETE, INCOMPLETE)),
                    MigrateCommands::migrate,
                    WRITE,
                    MOVABLEKEYS,
                    OWN_LOCKS)
            .in(KEYSPACE, DANGEROUS));

    private static final CommandError KEY_WITH_KEYS =
            new CommandError("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
    private static final CommandError IN_TRANSACTION =
            new CommandError("ERR MIGRATE cannot wait for its target inside a transaction");
    private static final long DEFAULT_TIMEOUT_MS = 1000;

    private MigrateCommands() {}

    /** MIGRATE's arguments. */
    private static final class Options {
        final String host;
        final int port;
        final int db;
        final long timeoutMs;
        boolean copy;
        boolean replace;
        List<String> auth = List.of();
        int firstKey = 3;
        int keyCount = 1;

        Options(Call call) {
            Arguments args = call.args();
            for (int i = 6; i < args.count() && firstKey == 3; i++) {
                int more = args.count() - i - 1;
                if (args.is(i, "COPY")) {
                    copy = true;
                } else if (args.is(i, "REPLACE")) {
                    replace = true;
                } else if (args.is(i, "AUTH") && more >= 1) {
                    auth = List.of("AUTH", args.text(++i));
                } else if (args.is(i, "AUTH2") && more >= 2) {
                    auth = List.of("AUTH", args.text(++i), args.text(++i));
                } else if (args.is(i, "KEYS")) {
                    if (args.length(3) != 0) {
                        throw KEY_WITH_KEYS;
                    }
                    firstKey = i + 1;
                    keyCount = more;
                } else {
                    throw Errors.SYNTAX;
                }
            }
            long timeout = call.integer(5);
            db = (int) call.integer(4, Integer.MIN_VALUE, Integer.MAX_VALUE, Errors.NOT_INTEGER);
            timeoutMs = timeout <= 0 ? DEFAULT_TIMEOUT_MS : timeout;
            host = args.text(1);
            port = port(args.text(2));
        }

        private static int port(String text) {
            try {
                int port = Integer.parseInt(text);
                return port > 0 && port <= 65535 ? port : 0;
            } catch (NumberFormatException e) {
                return 0;
            }
        }
    }

    // MIGRATE host port key|"" destination-db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 username password]
    //         [KEYS key [key ...]]
    private static void migrate(Call call) {
        Options options = new Options(call);
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < options.keyCount; i++) {
            keys.add(call.args().copy(options.firstKey + i));
        }
        if (!call.maySuspend()) {
            PiecedBytes commands = new PiecedBytes().borrowFrom(call.heap());
            boolean none;
            try {
                none = dump(call, options, commands).isEmpty();
            } finally {
                commands.clear();
            }
            if (none) {
                call.reply().simple("NOKEY");
                return;
            }
            throw IN_TRANSACTION;
        }
        KeyHold hold = call.node().hold();
        long[] refused = new long[1];
        call.dispatcher().exclusively(() -> refused[0] = hold.holdKeys(keys));
        if (refused[0] != KeyHold.TAKEN) {
            call.waitForHold(refused[0]);
            return;
        }
        PiecedBytes commands = new PiecedBytes().borrowFrom(call.heap());
        List<byte[]> found = List.of();
        try {
            found = dump(call, options, commands);
        } finally {
            if (found.isEmpty()) {
                commands.clear();
                hold.releaseKeys(keys);
            }
        }
        if (found.isEmpty()) {
            call.reply().simple("NOKEY");
        } else {
            send(call, options, keys, found, commands);
        }
    }

    /** Writes a RESTORE for each key that exists; returns these keys. */
    private static List<byte[]> dump(Call call, Options options, PiecedBytes commands) {
        List<byte[]> found = new ArrayList<>();
        DumpPayload payload = new DumpPayload(false).borrowFrom(call.heap());
        byte[] verb = (call.node().isClustered() ? "RESTORE-ASKING" : "RESTORE").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < options.keyCount; i++) {
            int arg = options.firstKey + i;
            Segment segment = call.segment(arg);
            boolean locked = segment.enter();
            try {
                KeyCursor key = call.peek(arg);
                if (key.exists()) {
                    found.add(key.key());
                    restore(call, options, commands, verb, key, payload);
                }
            } finally {
                payload.release();
                if (locked) {
                    segment.unlock();
                }
            }
        }
        return found;
    }

    private static void restore(
            Call call, Options options, PiecedBytes commands, byte[] verb, KeyCursor key, DumpPayload payload) {
        long expireAt = key.expireAt();
        long ttl = expireAt == KeyCursor.NO_EXPIRY ? 0 : Math.max(1, expireAt - call.nowMs());
        PiecedBytes dumped = payload.of(new RecordView().show(key.table(), key.ref()));
        line(commands, '*', options.replace ? 5 : 4);
        bulk(commands, verb);
        bulk(commands, key.key());
        bulk(commands, Long.toString(ttl).getBytes(StandardCharsets.US_ASCII));
        line(commands, '$', dumped.length());
        for (int i = 0; i < dumped.pieceCount(); i++) {
            commands.write(dumped.piece(i), 0, dumped.pieceLength(i));
        }
        end(commands);
        if (options.replace) {
            bulk(commands, "REPLACE".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void bulk(PiecedBytes out, byte[] bytes) {
        line(out, '$', bytes.length);
        out.write(bytes, 0, bytes.length);
        end(out);
    }

    private static void line(PiecedBytes out, char type, long number) {
        byte[] bytes = (type + Long.toString(number)).getBytes(StandardCharsets.US_ASCII);
        out.write(bytes, 0, bytes.length);
        end(out);
    }

    private static void end(PiecedBytes out) {
        out.write('\r');
        out.write('\n');
    }

    private static void send(Call call, Options options, List<byte[]> held, List<byte[]> found, PiecedBytes commands) {
        PiecedBytes auth = null;
        if (!options.auth.isEmpty()) {
            auth = new PiecedBytes();
            line(auth, '*', options.auth.size());
            for (String word : options.auth) {
                bulk(auth, word.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        Node node = call.node();
        Dispatcher dispatcher = call.dispatcher();
        int db = call.db();
        Suspension suspension = call.suspend(0, null, null);
        TargetLinks.Request request =
                new TargetLinks.Request(auth, options.db, commands, found.size(), options.timeoutMs);
        var unused = node.service(TargetLinks.class)
                .ask(options.host, options.port, request)
                .thenAcceptAsync(
                        answer -> {
                            commands.clear();
                            if (!options.copy) {
                                dispatcher.inside(() -> delete(node, db, found, answer));
                            }
                            node.hold().releaseKeys(held);
                            suspension.end(Suspension.Outcome.SERVED, end -> reply(end, answer));
                        },
                        dispatcher.loop());
    }

    private static boolean isError(String line) {
        return line != null && line.startsWith("-");
    }

    /** Deletes the keys that the target has said it has. */
    private static void delete(Node node, int db, List<byte[]> found, TargetLinks.Answer answer) {
        if (isError(answer.auth()) || isError(answer.select())) {
            return;
        }
        for (int i = 0; i < answer.replies().size(); i++) {
            if (!isError(answer.replies().get(i))) {
                node.reaper().migrated(db, found.get(i));
            }
        }
    }

    private static void reply(Call call, TargetLinks.Answer answer) {
        String error = isError(answer.auth()) ? answer.auth() : isError(answer.select()) ? answer.select() : null;
        for (String line : answer.replies()) {
            error = error == null && isError(line) ? line : error;
        }
        if (answer.trouble() != TargetLinks.Trouble.NONE) {
            String doing = answer.trouble() == TargetLinks.Trouble.WRITING ? "writing" : "reading";
            throw new CommandError("IOERR error or timeout " + doing + " to target instance");
        }
        if (error != null) {
            throw new CommandError("ERR Target instance replied with error: " + error.substring(1));
        }
        call.reply().ok();
    }
}
