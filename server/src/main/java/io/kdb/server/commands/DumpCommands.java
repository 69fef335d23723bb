package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.DANGEROUS;
import static io.kdb.server.dispatch.AclCategory.KEYSPACE;
import static io.kdb.server.dispatch.CommandFlag.ASKING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.config.MaxmemoryPolicy;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.persist.DumpPayload;
import io.kdb.server.persist.NewValue;
import io.kdb.server.persist.PiecedBytes;
import io.kdb.server.persist.RdbException;
import io.kdb.server.store.AccessClock;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.RecordView;
import java.util.List;

/** Keys as portable bytes. */
public final class DumpCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("dump", 2, key(1, RO, ACCESS), DumpCommands::dump, READONLY).in(KEYSPACE),
            row("restore", -4, key(1, OW, UPDATE), DumpCommands::restore, WRITE, DENYOOM)
                    .in(KEYSPACE, DANGEROUS),
            row("restore-asking", -4, key(1, OW, UPDATE), DumpCommands::restore, WRITE, DENYOOM, ASKING)
                    .in(KEYSPACE, DANGEROUS));

    private static final CommandError BUSY_KEY = new CommandError("BUSYKEY Target key name already exists.");
    private static final CommandError INVALID_IDLE = new CommandError("ERR Invalid IDLETIME value, must be >= 0");
    private static final CommandError INVALID_FREQUENCY =
            new CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255");
    private static final CommandError INVALID_TTL = new CommandError("ERR Invalid TTL value, must be >= 0");
    private static final CommandError WRONG_PAYLOAD =
            new CommandError("ERR DUMP payload version or checksum are wrong");
    private static final CommandError BAD_FORMAT = new CommandError("ERR Bad data format");

    private static final int MAX_FREQUENCY = 255;

    /** A payload's buffers are large, so each event loop keeps its own. */
    private static final ThreadLocal<DumpPayload> COMPRESSED = ThreadLocal.withInitial(() -> new DumpPayload(true));

    private static final ThreadLocal<DumpPayload> PLAIN = ThreadLocal.withInitial(() -> new DumpPayload(false));

    private static final ThreadLocal<RecordView> VIEW = ThreadLocal.withInitial(RecordView::new);

    private DumpCommands() {}

    // DUMP key
    private static void dump(Call call) {
        KeyCursor key = call.read(1);
        if (!key.exists()) {
            call.reply().nullBulk();
            return;
        }
        boolean compression = call.node().config().get(Parameters.RDBCOMPRESSION);
        DumpPayload payload = (compression ? COMPRESSED : PLAIN).get().borrowFrom(call.heap());
        try {
            PiecedBytes bytes = payload.of(VIEW.get().show(key.table(), key.ref()));
            call.reply().bulkHeader(bytes.length());
            for (int i = 0; i < bytes.pieceCount(); i++) {
                call.reply().append(bytes.piece(i), 0, bytes.pieceLength(i));
            }
            call.reply().bulkEnd();
        } finally {
            payload.release();
        }
    }

    /** RESTORE's options. */
    private static final class Options {
        boolean replace;
        boolean absolute;
        long idleSeconds = -1;
        long frequency = -1;

        Options(Call call) {
            Arguments args = call.args();
            for (int i = 4; i < args.count(); i++) {
                boolean more = i + 1 < args.count();
                if (args.is(i, "REPLACE")) {
                    replace = true;
                } else if (args.is(i, "ABSTTL")) {
                    absolute = true;
                } else if (args.is(i, "IDLETIME") && more && frequency == -1) {
                    idleSeconds = call.integer(++i);
                    if (idleSeconds < 0) {
                        throw INVALID_IDLE;
                    }
                } else if (args.is(i, "FREQ") && more && idleSeconds == -1) {
                    frequency = call.integer(++i);
                    if (frequency < 0 || frequency > MAX_FREQUENCY) {
                        throw INVALID_FREQUENCY;
                    }
                } else {
                    throw Errors.SYNTAX;
                }
            }
        }
    }

    // RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
    // RESTORE-ASKING: the same, from MIGRATE
    private static void restore(Call call) {
        Options options = new Options(call);
        if (!options.replace && call.write(1).exists()) {
            throw BUSY_KEY;
        }
        long ttl = call.integer(2);
        if (ttl < 0) {
            throw INVALID_TTL;
        }
        DumpPayload payload = PLAIN.get().borrowFrom(call.heap());
        try {
            restore(call, options, ttl);
        } finally {
            payload.release();
        }
    }

    private static void restore(Call call, Options options, long ttl) {
        open(call);
        KeyCursor key = call.write(1);
        long expireAt = ttl == 0 ? KeyCursor.NO_EXPIRY : options.absolute ? ttl : ttl + call.nowMs();
        if (ttl != 0 && call.isPast(expireAt)) {
            if (key.exists()) {
                key.delete();
                key.event(KeyspaceEvents.GENERIC, "del");
                call.startEffect(2).argument(Words.DEL).argument(call.args(), 1);
            }
            call.reply().ok();
            return;
        }
        boolean replaced = key.exists();
        if (PLAIN.get().isString()) {
            set(key, value(), expireAt);
        } else {
            build(key, expireAt);
        }
        if (replaced) {
            // Redis deletes the old one first.
            key.created();
        }
        setAccess(call, key, options);
        key.event(KeyspaceEvents.GENERIC, "restore");
        if (ttl != 0 && !options.absolute) {
            logAbsolute(call, expireAt);
        }
        call.reply().ok();
    }

    /** A value that is being restored, under the lock that the command holds. */
    private static final class Restored extends NewValue {
        private final KeyCursor key;
        private final long expireAt;

        Restored(KeyCursor key, long expireAt) {
            this.key = key;
            this.expireAt = expireAt;
        }

        @Override
        protected void lock() {}

        @Override
        protected void unlock() {}

        @Override
        protected void create(CollectionValue value) {
            key.createDetached(value, expireAt);
        }
    }

    private static void build(KeyCursor key, long expireAt) {
        Restored restored = new Restored(key, expireAt);
        try {
            PLAIN.get().collection(restored);
            key.attach(restored.made());
        } catch (RdbException e) {
            throw BAD_FORMAT;
        } finally {
            restored.discard();
        }
    }

    private static PiecedBytes value() {
        try {
            return PLAIN.get().string();
        } catch (RdbException e) {
            throw BAD_FORMAT;
        }
    }

    private static void open(Call call) {
        Arguments args = call.args();
        byte[][] pieces = args.pieces(3);
        int from = 0;
        if (pieces == null) {
            pieces = new byte[][] {args.array(3)};
            from = args.offset(3);
        }
        if (!DumpPayload.verify(pieces, from, args.length(3), call.node().checksumsSkipped())) {
            throw WRONG_PAYLOAD;
        }
        try {
            PLAIN.get().open(pieces, from, args.length(3));
        } catch (RdbException e) {
            throw BAD_FORMAT;
        }
    }

    private static void set(KeyCursor key, PiecedBytes value, long expireAt) {
        if (value.isContiguous()) {
            key.setString(value.piece(0), 0, value.pieceLength(0), expireAt);
            return;
        }
        key.reserveString(Math.toIntExact(value.length()), expireAt);
        for (int i = 0; i < value.pieceCount(); i++) {
            key.writeRange(i * PiecedBytes.PIECE, value.piece(i), 0, value.pieceLength(i));
        }
    }

    private static void setAccess(Call call, KeyCursor key, Options options) {
        AccessClock clock = call.node().keyspace().clock();
        boolean lfu = call.node().config().get(Parameters.MAXMEMORY_POLICY).order() == MaxmemoryPolicy.Order.LFU;
        if (lfu && options.frequency >= 0) {
            key.accessBits(clock.withFrequency((int) options.frequency));
        } else if (!lfu && options.idleSeconds >= 0) {
            key.accessBits(clock.withIdle(options.idleSeconds));
        }
    }

    private static void logAbsolute(Call call, long expireAt) {
        Arguments args = call.args();
        Effects effect = call.startEffect(args.count() + 1);
        for (int i = 0; i < args.count(); i++) {
            if (i == 2) {
                effect.argument(expireAt);
            } else {
                effect.argument(args, i);
            }
        }
        effect.argument(Words.ABSTTL);
    }
}
