package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.BITMAP;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
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
import io.kdb.server.store.Encoding;
import java.util.List;

/** Strings as rows of bits; see {@link BitopCommand} and {@link BitfieldCommands} for the larger ones. */
public final class BitCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("setbit", 4, key(1, RW, ACCESS, UPDATE), BitCommands::setbit, WRITE, DENYOOM)
                    .in(BITMAP),
            row("getbit", 3, key(1, RO, ACCESS), BitCommands::getbit, READONLY, FAST)
                    .in(BITMAP),
            row("bitcount", -2, key(1, RO, ACCESS), BitCommands::bitcount, READONLY)
                    .in(BITMAP),
            row("bitpos", -3, key(1, RO, ACCESS), BitCommands::bitpos, READONLY).in(BITMAP),
            row(
                            "bitop",
                            -4,
                            List.of(key(2, OW, UPDATE), keys(3, -1, 1, RO, ACCESS)),
                            BitopCommand::bitop,
                            WRITE,
                            DENYOOM)
                    .in(BITMAP));

    static final CommandError BAD_OFFSET = new CommandError("ERR bit offset is not an integer or out of range");
    private static final CommandError BAD_BIT = new CommandError("ERR bit is not an integer or out of range");
    private static final CommandError NOT_A_BIT = new CommandError("ERR The bit argument must be 1 or 0.");
    /** Of a string, in bytes: positions in it are an int. */
    private static final long LONGEST = Integer.MAX_VALUE - 16L;

    private BitCommands() {}

    /** @throws CommandError when a string with this bit would be longer than one may be */
    static long requireOffset(Call call, long offset) {
        if (offset < 0
                || offset >> 3 > LONGEST
                || offset >> 3 >= call.node().config().get(Parameters.PROTO_MAX_BULK_LEN) && !call.isObeyed()) {
            throw BAD_OFFSET;
        }
        return offset;
    }

    /**
     * Makes the string long enough for this bit, with zeros; it is raw afterwards.
     *
     * @return whether that changed anything
     */
    static boolean makeRoom(KeyCursor key, long lastBit) {
        int length = (int) (lastBit >> 3) + 1;
        if (!key.exists() || key.valueLength() < length) {
            key.resizeString(length);
            return true;
        }
        if (key.encoding() != Encoding.RAW) {
            key.encoding(Encoding.RAW);
        }
        return false;
    }

    private static int byteAt(KeyCursor key, int position) {
        return key.runArray(position)[key.runOffset(position)];
    }

    // SETBIT key offset value
    private static void setbit(Call call) {
        long offset = requireOffset(call, call.integer(2, BAD_OFFSET));
        int bit = (int) call.integer(3, 0, 1, BAD_BIT);
        KeyCursor key = call.write(1).requireString();
        boolean grown = makeRoom(key, offset);
        int position = (int) (offset >> 3);
        int shift = 7 - (int) (offset & 7);
        int old = byteAt(key, position);
        int was = old >> shift & 1;
        if (was != bit) {
            key.writeRange(position, new byte[] {(byte) (old ^ 1 << shift)}, 0, 1);
        }
        if (grown || was != bit) {
            key.event(KeyspaceEvents.STRING, "setbit");
        }
        call.reply().integer(was);
    }

    // GETBIT key offset
    private static void getbit(Call call) {
        long offset = requireOffset(call, call.integer(2, BAD_OFFSET));
        KeyCursor key = call.read(1).requireString();
        boolean inside = offset >> 3 < key.valueLength();
        call.reply().integer(inside ? byteAt(key, (int) (offset >> 3)) >> 7 - (int) (offset & 7) & 1 : 0);
    }

    /** Whether the range's unit is a bit: argument {@code i}, which may be missing. */
    private static boolean isBits(Arguments args, int i) {
        if (args.count() <= i || args.is(i, "BYTE")) {
            return false;
        }
        if (!args.is(i, "BIT")) {
            throw Errors.SYNTAX;
        }
        return true;
    }

    // BITCOUNT key [start end [BYTE | BIT]]
    private static void bitcount(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.read(1).requireString();
        if (!key.exists()) {
            call.reply().integer(0);
            return;
        }
        long length = key.valueLength();
        if (args.count() == 2) {
            call.reply().integer(count(key, 0, length * 8 - 1));
            return;
        }
        if (args.count() > 5 || args.count() == 3) {
            throw Errors.SYNTAX;
        }
        long start = call.integer(2);
        long end = call.integer(3);
        if (start < 0 && end < 0 && start > end) {
            call.reply().integer(0);
            return;
        }
        boolean bits = isBits(args, 4);
        long total = bits ? length * 8 : length;
        long first = Math.max(0, start < 0 ? total + start : start);
        long last = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
        if (first > last) {
            call.reply().integer(0);
        } else {
            call.reply().integer(bits ? count(key, first, last) : count(key, first * 8, last * 8 + 7));
        }
    }

    /** The set bits from the first to the last of these, both included. */
    private static long count(KeyCursor key, long first, long last) {
        if (first > last) {
            return 0;
        }
        int from = (int) (first >> 3);
        int to = (int) (last >> 3);
        long count = 0;
        for (int at = from; at <= to; ) {
            int run = Math.min(key.runLength(at), to + 1 - at);
            count += Bits.count(key.runArray(at), key.runOffset(at), run);
            at += run;
        }
        int before = 0xFF00 >> (first & 7) & 0xFF;
        int behind = 0x7F >> (last & 7);
        return count - Integer.bitCount(byteAt(key, from) & before) - Integer.bitCount(byteAt(key, to) & behind);
    }

    // BITPOS key bit [start [end [BYTE | BIT]]]
    private static void bitpos(Call call) {
        Arguments args = call.args();
        long bit = call.integer(2);
        if (bit != 0 && bit != 1) {
            throw NOT_A_BIT;
        }
        KeyCursor key = call.read(1).requireString();
        if (!key.exists()) {
            call.reply().integer(bit == 1 ? -1 : 0);
            return;
        }
        if (args.count() > 6) {
            throw Errors.SYNTAX;
        }
        long length = key.valueLength();
        long start = args.count() > 3 ? call.integer(3) : 0;
        boolean bits = isBits(args, 5);
        long total = bits ? length * 8 : length;
        long end = args.count() > 4 ? call.integer(4) : total - 1;
        long first = Math.max(0, start < 0 ? total + start : start);
        long last = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
        if (first > last) {
            call.reply().integer(-1);
            return;
        }
        long found = find(key, bits ? first : first * 8, bits ? last : last * 8 + 7, bit == 1);
        if (found < 0 && bit == 0 && args.count() <= 4) {
            found = length * 8; // the string goes on with zeros, as far as one likes
        }
        call.reply().integer(found);
    }

    /** The first of these bits that is {@code one}; -1: none. */
    private static long find(KeyCursor key, long first, long last, boolean one) {
        int at = (int) (first >> 3);
        int to = (int) (last >> 3);
        if ((first & 7) != 0) {
            int bits = (one ? byteAt(key, at) : ~byteAt(key, at)) & 0xFF >> (first & 7);
            if (bits != 0) {
                long found = at * 8L + Integer.numberOfLeadingZeros(bits) - 24;
                return found <= last ? found : -1;
            }
            at++;
        }
        while (at <= to) {
            int run = Math.min(key.runLength(at), to + 1 - at);
            long found = Bits.find(key.runArray(at), key.runOffset(at), run, one);
            if (found >= 0) {
                return at * 8L + found <= last ? at * 8L + found : -1;
            }
            at += run;
        }
        return -1;
    }
}
