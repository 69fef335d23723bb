package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HYPERLOGLOG;
import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.server.commands.HyperLogLog.Corrupted;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.StoreFull;
import java.util.List;
import java.util.Locale;

/** Strings that count distinct elements; see {@link HyperLogLog}. */
public final class HyperLogLogCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("pfadd", -2, key(1, RW, INSERT), HyperLogLogCommands::pfadd, WRITE, DENYOOM, FAST)
                    .in(HYPERLOGLOG),
            row(
                            "pfcount",
                            -2,
                            keys(1, -1, 1, RW, ACCESS)
                                    .withNotes("RW because it may change the internal representation of the key, and"
                                            + " propagate to replicas"),
                            HyperLogLogCommands::pfcount,
                            READONLY)
                    .in(HYPERLOGLOG),
            row(
                            "pfmerge",
                            -2,
                            List.of(key(1, RW, ACCESS, INSERT), keys(2, -1, 1, RO, ACCESS)),
                            HyperLogLogCommands::pfmerge,
                            WRITE,
                            DENYOOM)
                    .in(HYPERLOGLOG),
            row("pfdebug", 3, key(2, RW, ACCESS), HyperLogLogCommands::pfdebug, WRITE, DENYOOM, ADMIN)
                    .in(HYPERLOGLOG),
            row("pfselftest", 1, HyperLogLogCommands::pfselftest, ADMIN).in(HYPERLOGLOG));

    private static final CommandError NOT_ONE =
            new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
    private static final CommandError CORRUPTED = new CommandError("INVALIDOBJ Corrupted HLL object detected");
    private static final CommandError NO_KEY = new CommandError("ERR The specified key does not exist");
    private static final CommandError NOT_SPARSE = new CommandError("ERR HLL encoding is not sparse");
    private static final long SEED = 0xadc83b19L;

    private HyperLogLogCommands() {}

    /** @throws CommandError when the key exists and is nothing that PFADD could have made */
    private static KeyCursor require(KeyCursor key) {
        if (!key.exists()) {
            return key;
        }
        key.requireString();
        int length = key.valueLength();
        if (length < HyperLogLog.HEADER) {
            throw NOT_ONE;
        }
        byte[] head = new byte[HyperLogLog.FORM_AT + 1];
        key.readValue(0, head, 0, head.length);
        byte form = head[HyperLogLog.FORM_AT];
        if (head[0] != 'H'
                || head[1] != 'Y'
                || head[2] != 'L'
                || head[3] != 'L'
                || form != HyperLogLog.DENSE && form != HyperLogLog.SPARSE
                || form == HyperLogLog.DENSE && length != HyperLogLog.DENSE_BYTES) {
            throw NOT_ONE;
        }
        return key;
    }

    private static boolean isDense(KeyCursor key) {
        return key.runArray(HyperLogLog.FORM_AT)[key.runOffset(HyperLogLog.FORM_AT)] == HyperLogLog.DENSE;
    }

    private static HyperLogLog load(KeyCursor key) {
        int length = key.valueLength();
        if (length > HyperLogLog.LONGEST) {
            throw CORRUPTED;
        }
        byte[] bytes = new byte[length + 64];
        key.readValue(0, bytes, 0, length);
        return new HyperLogLog(bytes, length);
    }

    private static void store(KeyCursor key, HyperLogLog value) {
        if (!key.exists()) {
            key.reserveString(value.length(), KeyCursor.NO_EXPIRY);
        } else if (key.valueLength() != value.length()) {
            key.ownRange(0, value.length());
            key.resizeString(value.length());
        }
        key.writeRange(0, value.bytes(), 0, value.length());
    }

    private static long hash(Arguments args, int i) {
        return MurmurHash.hash(args.array(i), args.offset(i), args.length(i), SEED);
    }

    // PFADD key [element [element ...]]
    private static void pfadd(Call call) {
        KeyCursor key = require(call.write(1));
        int changes;
        if (key.exists() && isDense(key)) {
            changes = addDense(call.args(), key);
        } else {
            changes = addSparse(call, key);
        }
        if (changes > 0) {
            call.changed(changes - 1L);
            key.event(KeyspaceEvents.STRING, "pfadd");
        } else if (key.encoding() != Encoding.RAW) {
            key.encoding(Encoding.RAW);
        }
        call.reply().integer(changes > 0 ? 1 : 0);
    }

    /** In place, two bytes at a time. */
    private static int addDense(Arguments args, KeyCursor key) {
        int changes = 0;
        byte[] pair = new byte[2];
        for (int i = 2; i < args.count(); i++) {
            long hash = hash(args, i);
            int bit = HyperLogLog.register(hash) * 6;
            int at = HyperLogLog.HEADER + (bit >> 3);
            int size = (bit & 7) > 2 ? 2 : 1;
            key.readValue(at, pair, 0, size);
            // Registers 0 to 3 begin at bits 0, 6, 12 and 18: the register of the pair is the one with the same shift.
            if (raise(pair, bit & 7, HyperLogLog.rank(hash))) {
                if (changes == 0) {
                    key.ownRange(0, HyperLogLog.DENSE_BYTES);
                }
                key.writeRange(at, pair, 0, size);
                changes++;
            }
        }
        if (changes > 0) {
            key.readValue(HyperLogLog.STALE_AT, pair, 0, 1);
            pair[0] |= (byte) 0x80;
            key.writeRange(HyperLogLog.STALE_AT, pair, 0, 1);
        }
        return changes;
    }

    private static boolean raise(byte[] pair, int shift, int value) {
        int both = pair[0] & 0xFF | (pair[1] & 0xFF) << 8;
        if ((both >> shift & 63) >= value) {
            return false;
        }
        both = both & ~(63 << shift) | value << shift;
        pair[0] = (byte) both;
        pair[1] = (byte) (both >> 8);
        return true;
    }

    private static int addSparse(Call call, KeyCursor key) {
        Arguments args = call.args();
        long sparseMaxBytes = call.node().config().get(Parameters.HLL_SPARSE_MAX_BYTES);
        int changes = key.exists() ? 0 : 1;
        HyperLogLog value = key.exists() && args.count() > 2 ? load(key) : HyperLogLog.empty();
        try {
            for (int i = 2; i < args.count(); i++) {
                changes += value.add(hash(args, i), sparseMaxBytes) ? 1 : 0;
            }
        } catch (Corrupted e) {
            throw CORRUPTED;
        }
        if (changes > 0) {
            value.invalidate();
            store(key, value);
        }
        return changes;
    }

    // PFCOUNT key [key ...]
    private static void pfcount(Call call) {
        Arguments args = call.args();
        if (args.count() > 2) {
            byte[] registers = new byte[HyperLogLog.REGISTERS];
            merge(call, registers);
            int[] histogram = new int[64];
            for (byte register : registers) {
                histogram[register]++;
            }
            call.reply().integer(HyperLogLogEstimate.of(histogram));
            return;
        }
        KeyCursor key = require(call.read(1));
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        if (key.encoding() != Encoding.RAW) {
            key.encoding(Encoding.RAW);
        }
        byte[] cached = new byte[8];
        key.readValue(HyperLogLog.COUNT_AT, cached, 0, cached.length);
        long count = 0;
        for (int i = 7; i >= 0; i--) {
            count = count << 8 | cached[i] & 0xFF;
        }
        if (count < 0) {
            try {
                count = load(key).count();
            } catch (Corrupted e) {
                throw CORRUPTED;
            }
            remember(call, key, count, cached);
        }
        call.reply().integer(count);
    }

    /** Keeps the count in the string, and tells the log; a replica leaves that to its primary. */
    private static void remember(Call call, KeyCursor key, long count, byte[] scratch) {
        if (call.node().isReplica() && !call.isObeyed()) {
            return;
        }
        for (int i = 0; i < 8; i++) {
            scratch[i] = (byte) (count >> 8 * i);
        }
        try {
            key.writeRange(HyperLogLog.COUNT_AT, scratch, 0, scratch.length);
        } catch (StoreFull full) {
            // It was only to save work: a snapshot wants the old record, and there is no room for another.
            return;
        }
    }

    /** Raises the registers to those of all keys; whether one of them is dense. */
    private static boolean merge(Call call, byte[] registers) {
        boolean dense = false;
        for (int i = 1; i < call.args().count(); i++) {
            KeyCursor key = require(call.read(i));
            if (key.exists()) {
                HyperLogLog value = load(key);
                dense |= value.isDense();
                try {
                    value.mergeInto(registers);
                } catch (Corrupted e) {
                    throw CORRUPTED;
                }
            }
        }
        return dense;
    }

    // PFMERGE destkey [sourcekey [sourcekey ...]]
    private static void pfmerge(Call call) {
        byte[] registers = new byte[HyperLogLog.REGISTERS];
        boolean dense = merge(call, registers);
        long sparseMaxBytes = call.node().config().get(Parameters.HLL_SPARSE_MAX_BYTES);
        KeyCursor key = call.write(1);
        HyperLogLog value = key.exists() ? load(key) : HyperLogLog.empty();
        try {
            if (dense && !value.isDense()) {
                value.toDense();
            }
            for (int i = 0; i < registers.length; i++) {
                if (registers[i] != 0) {
                    value.raise(i, registers[i], sparseMaxBytes);
                }
            }
        } catch (Corrupted e) {
            throw CORRUPTED;
        }
        value.invalidate();
        store(key, value);
        key.event(KeyspaceEvents.STRING, "pfadd");
        call.reply().ok();
    }

    // PFDEBUG GETREG | DECODE | ENCODING | TODENSE key
    private static void pfdebug(Call call) {
        KeyCursor key = require(call.write(2));
        if (!key.exists()) {
            throw NO_KEY;
        }
        if (key.encoding() != Encoding.RAW) {
            key.encoding(Encoding.RAW);
        }
        switch (call.args().text(1).toUpperCase(Locale.ROOT)) {
            case "GETREG" -> {
                HyperLogLog value = madeDense(key);
                call.reply().array(HyperLogLog.REGISTERS);
                for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
                    call.reply().integer(HyperLogLog.dense(value.bytes(), HyperLogLog.HEADER, i));
                }
            }
            case "DECODE" -> {
                if (isDense(key)) {
                    throw NOT_SPARSE;
                }
                call.reply().bulk(load(key).runs());
            }
            case "ENCODING" -> call.reply().simple(isDense(key) ? "dense" : "sparse");
            case "TODENSE" -> {
                boolean changes = !isDense(key);
                madeDense(key);
                call.reply().integer(changes ? 1 : 0);
            }
            default ->
                throw new CommandError("ERR Unknown PFDEBUG subcommand '"
                        + Errors.clip(call.args().text(1), Integer.MAX_VALUE) + "'");
        }
    }

    private static HyperLogLog madeDense(KeyCursor key) {
        HyperLogLog value = load(key);
        if (!value.isDense()) {
            try {
                value.toDense();
            } catch (Corrupted e) {
                throw CORRUPTED;
            }
            store(key, value);
        }
        return value;
    }

    // PFSELFTEST
    private static void pfselftest(Call call) {
        String problem = HyperLogLogSelfTest.problem();
        if (!problem.isEmpty()) {
            throw new CommandError("ERR TESTFAILED " + problem);
        }
        call.reply().ok();
    }
}
