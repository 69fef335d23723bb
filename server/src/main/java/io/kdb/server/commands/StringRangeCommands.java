package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STRING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.INSERT;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;
import static io.kdb.server.dispatch.KeySpec.keys;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import java.util.List;

/** Parts of strings, their length, and what two of them have in common. */
public final class StringRangeCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("append", 3, key(1, RW, INSERT), StringRangeCommands::append, WRITE, DENYOOM, FAST)
                    .in(STRING),
            row("strlen", 2, key(1, RO), StringRangeCommands::strlen, READONLY, FAST)
                    .in(STRING),
            row("setrange", 4, key(1, RW, UPDATE), StringRangeCommands::setrange, WRITE, DENYOOM)
                    .in(STRING),
            row("getrange", 4, key(1, RO, ACCESS), StringRangeCommands::getrange, READONLY)
                    .in(STRING),
            row("substr", 4, key(1, RO, ACCESS), StringRangeCommands::getrange, READONLY)
                    .in(STRING),
            row("lcs", -3, keys(1, 2, 1, RO, ACCESS), StringRangeCommands::lcs, READONLY)
                    .in(STRING));

    private static final CommandError OFFSET_OUT_OF_RANGE = new CommandError("ERR offset is out of range");
    private static final CommandError LCS_NOT_STRINGS =
            new CommandError("ERR The specified keys must contain string values");
    private static final CommandError LCS_BOTH =
            new CommandError("ERR If you want both the length and indexes, please just use IDX.");
    private static final CommandError LCS_TOO_LARGE =
            new CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    private static final CommandError LCS_NO_MEMORY =
            new CommandError("ERR Insufficient memory, failed allocating transient memory for LCS");
    /** Of a table of bits: 256 MB. Only a larger proto-max-bulk-len than the default lets one ask for so many. */
    private static final long LCS_MAX_CELLS = 1L << 31;

    private StringRangeCommands() {}

    // APPEND key value
    private static void append(Call call) {
        Arguments args = call.args();
        KeyCursor key = call.write(1);
        if (!key.exists()) {
            key.setString(args, 2, KeyCursor.NO_EXPIRY);
        } else {
            key.requireString();
            int length = key.valueLength();
            requireLength(call, length, args.length(2));
            byte[][] pieces = args.pieces(2);
            if (pieces == null) {
                key.append(args.array(2), args.offset(2), args.length(2));
            } else {
                key.resizeString(length + args.length(2));
                writePieces(key, length, pieces);
            }
        }
        key.event(KeyspaceEvents.STRING, "append");
        call.reply().integer(key.valueLength());
    }

    private static void requireLength(Call call, long from, int count) {
        if (from + count > call.node().config().get(Parameters.PROTO_MAX_BULK_LEN) && !call.isObeyed()
                || from + count > Integer.MAX_VALUE - 8) {
            throw Errors.STRING_TOO_LONG;
        }
    }

    private static void writePieces(KeyCursor key, int from, byte[][] pieces) {
        int at = from;
        for (byte[] piece : pieces) {
            key.writeRange(at, piece, 0, piece.length);
            at += piece.length;
        }
    }

    // STRLEN key
    private static void strlen(Call call) {
        call.reply().integer(call.read(1).requireString().valueLength());
    }

    // SETRANGE key offset value
    private static void setrange(Call call) {
        Arguments args = call.args();
        long offset = call.integer(2);
        if (offset < 0) {
            throw OFFSET_OUT_OF_RANGE;
        }
        int count = args.length(3);
        KeyCursor key = call.write(1).requireString();
        int length = key.valueLength();
        if (count > 0) {
            if (offset > Integer.MAX_VALUE) {
                throw Errors.STRING_TOO_LONG;
            }
            requireLength(call, offset, count);
            int at = (int) offset;
            byte[][] pieces = args.pieces(3);
            boolean grows = at + count > length;
            if (grows || pieces != null) {
                key.ownRange(at, at + count);
            }
            if (grows) {
                length = at + count;
                key.resizeString(length);
            }
            if (pieces == null) {
                key.writeRange(at, args.array(3), args.offset(3), count);
            } else {
                writePieces(key, at, pieces);
            }
            key.event(KeyspaceEvents.STRING, "setrange");
        }
        call.reply().integer(length);
    }

    // GETRANGE key start end
    // SUBSTR key start end
    private static void getrange(Call call) {
        long start = call.integer(2);
        long end = call.integer(3);
        KeyCursor key = call.read(1).requireString();
        long length = key.valueLength();
        if (start < 0 && end < 0 && start > end) {
            call.reply().emptyBulk();
            return;
        }
        start = Math.max(0, start < 0 ? length + start : start);
        end = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
        if (start > end) {
            call.reply().emptyBulk();
        } else {
            key.replyRange(call.reply(), (int) start, (int) (end - start + 1));
        }
    }

    // LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]
    private static void lcs(Call call) {
        Arguments args = call.args();
        KeyCursor first = call.read(1);
        KeyCursor second = call.other(call.db(), 2).lookupRead();
        if (first.exists() && !first.isString() || second.exists() && !second.isString()) {
            throw LCS_NOT_STRINGS;
        }
        boolean length = false;
        boolean indexes = false;
        boolean matchLengths = false;
        long minimum = 0;
        for (int i = 3; i < args.count(); i++) {
            if (args.is(i, "IDX")) {
                indexes = true;
            } else if (args.is(i, "LEN")) {
                length = true;
            } else if (args.is(i, "WITHMATCHLEN")) {
                matchLengths = true;
            } else if (args.is(i, "MINMATCHLEN") && i + 1 < args.count()) {
                minimum = Math.max(0, call.integer(++i));
            } else {
                throw Errors.SYNTAX;
            }
        }
        if (indexes && length) {
            throw LCS_BOTH;
        }
        long cells = (first.valueLength() + 1L) * (second.valueLength() + 1L);
        if (cells > call.node().config().get(Parameters.PROTO_MAX_BULK_LEN) / Integer.BYTES) {
            throw LCS_TOO_LARGE;
        }
        if (cells > LCS_MAX_CELLS) {
            throw LCS_NO_MEMORY;
        }
        byte[] a = first.exists() ? first.value() : new byte[0];
        byte[] b = second.exists() ? second.value() : new byte[0];
        if (length) {
            call.reply().integer(CommonSubsequence.length(a, b));
            return;
        }
        CommonSubsequence common = new CommonSubsequence(a, b);
        if (!indexes) {
            call.reply().bulk(common.bytes());
            return;
        }
        replyMatches(call.reply(), common, minimum, matchLengths);
    }

    private static void replyMatches(ReplyWriter reply, CommonSubsequence common, long minimum, boolean lengths) {
        reply.map(2);
        reply.bulk("matches");
        int shown = 0;
        for (int i = 0; i < common.matchCount(); i++) {
            shown += common.matchLength(i) >= minimum ? 1 : 0;
        }
        reply.array(shown);
        for (int i = 0; i < common.matchCount(); i++) {
            int size = common.matchLength(i);
            if (size < minimum) {
                continue;
            }
            reply.array(lengths ? 3 : 2);
            replyRange(reply, common.firstStart(i), size);
            replyRange(reply, common.secondStart(i), size);
            if (lengths) {
                reply.integer(size);
            }
        }
        reply.bulk("len");
        reply.integer(common.bytes().length);
    }

    private static void replyRange(ReplyWriter reply, int start, int size) {
        reply.array(2);
        reply.integer(start);
        reply.integer(start + size - 1L);
    }
}
