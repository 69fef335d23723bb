package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.BITMAP;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.Flag.VARIABLE_FLAGS;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeyCursor;
import java.util.Arrays;
import java.util.List;

/** Integers of 1 to 64 bits anywhere in a string. */
public final class BitfieldCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row(
                            "bitfield",
                            -2,
                            key(1, RW, ACCESS, UPDATE, VARIABLE_FLAGS)
                                    .withNotes("This command allows both access and modification of the key"),
                            BitfieldCommands::bitfield,
                            WRITE,
                            DENYOOM)
                    .in(BITMAP),
            row("bitfield_ro", -2, key(1, RO, ACCESS), BitfieldCommands::bitfieldRo, READONLY, FAST)
                    .in(BITMAP));

    private static final CommandError ONLY_GET = new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
    /** A field may touch so many bytes. */
    private static final int MOST_BYTES = 9;

    private BitfieldCommands() {}

    // BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment
    // ...]
    private static void bitfield(Call call) {
        run(call, false);
    }

    // BITFIELD_RO key [GET type offset [GET type offset ...]]
    private static void bitfieldRo(Call call) {
        run(call, true);
    }

    private static void run(Call call, boolean onlyGet) {
        BitfieldOperation operation = new BitfieldOperation(call);
        int count = 0;
        long firstWritten = Long.MAX_VALUE;
        long lastWritten = -1;
        while (operation.next()) {
            count++;
            if (operation.writes()) {
                firstWritten = Math.min(firstWritten, operation.offset());
                lastWritten = Math.max(lastWritten, operation.offset() + operation.width() - 1);
            }
        }
        if (onlyGet && lastWritten >= 0) {
            throw ONLY_GET;
        }
        KeyCursor key;
        boolean grown = false;
        if (lastWritten < 0) {
            key = call.read(1).requireString();
        } else {
            key = call.write(1).requireString();
            key.ownRange((int) (firstWritten >> 3), (int) (lastWritten >> 3) + 1);
            grown = BitCommands.makeRoom(key, lastWritten);
        }
        call.reply().array(count);
        operation.restart();
        byte[] around = new byte[MOST_BYTES];
        int changes = 0;
        while (operation.next()) {
            changes += apply(call, key, operation, around, grown) ? 1 : 0;
        }
        if (changes > 0) {
            call.changed(changes - 1L);
            key.event(KeyspaceEvents.STRING, "setbit");
        }
    }

    /** Does one operation and replies; whether it counts as a change. */
    private static boolean apply(Call call, KeyCursor key, BitfieldOperation operation, byte[] around, boolean grown) {
        int first = (int) Math.min(operation.offset() >> 3, Integer.MAX_VALUE - MOST_BYTES);
        int last = (int) Math.min(operation.offset() + operation.width() - 1 >> 3, Integer.MAX_VALUE);
        int inside = Math.max(0, Math.min(key.valueLength(), last + 1) - first);
        Arrays.fill(around, (byte) 0);
        if (inside > 0) {
            key.readValue(first, around, 0, inside);
        }
        int bit = (int) (operation.offset() & 7);
        long old = get(around, bit, operation.width(), operation.isSigned());
        if (!operation.writes()) {
            call.reply().integer(old);
            return false;
        }
        if (!operation.compute(old)) {
            call.reply().nullBulk();
            return false;
        }
        long now = operation.result();
        call.reply().integer(operation.isIncrement() ? now : old);
        if (now != old) {
            set(around, bit, operation.width(), now);
            key.writeRange(first, around, 0, last + 1 - first);
        }
        return grown || now != old;
    }

    private static long get(byte[] bytes, int bit, int width, boolean signed) {
        long value = 0;
        for (int i = 0; i * 8 < bit + width; i++) {
            int skipped = Math.max(0, bit - i * 8);
            int beyond = Math.max(0, (i + 1) * 8 - (bit + width));
            int part = (bytes[i] & 0xFF >> skipped) >> beyond;
            value = value << 8 - skipped - beyond | part;
        }
        return signed && width < 64 ? value << 64 - width >> 64 - width : value;
    }

    private static void set(byte[] bytes, int bit, int width, long value) {
        long left = value;
        for (int i = (bit + width - 1) / 8; i >= 0; i--) {
            int skipped = Math.max(0, bit - i * 8);
            int beyond = Math.max(0, (i + 1) * 8 - (bit + width));
            int mask = 0xFF >> skipped & 0xFF << beyond;
            bytes[i] = (byte) (bytes[i] & ~mask | (int) (left << beyond) & mask);
            left >>= 8 - skipped - beyond;
        }
    }
}
