package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.HASH;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.resp.Numbers;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Kept;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Element;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.ValueType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Fields of hashes that are numbers. */
public final class HashCounterCommands {
    public static final List<CommandSpec> TABLE = List.of(
            counter("hincrby", HashCounterCommands::hincrby),
            counter("hincrbyfloat", HashCounterCommands::hincrbyfloat));

    private static final CommandError NOT_INTEGER = new CommandError("ERR hash value is not an integer");
    private static final CommandError NOT_FLOAT = new CommandError("ERR hash value is not a float");
    private static final CommandError NOT_FINITE = new CommandError("ERR value is NaN or Infinity");
    private static final CommandError SUM_NOT_FINITE = new CommandError("ERR increment would produce NaN or Infinity");

    private static final Kept<byte[]> DIGITS = new Kept<>(() -> new byte[Numbers.MAX_LONG_CHARS]);

    private HashCounterCommands() {}

    private static CommandSpec counter(String name, CommandFunction function) {
        return row(name, 4, key(1, RW, ACCESS, UPDATE), function, WRITE, DENYOOM, FAST)
                .in(HASH)
                .elements(2, 2);
    }

    /** The field's value, or null when there is no such field; the hash is made if need be. */
    private static Element valueOf(Call call, KeyCursor key) {
        HashValue hash = key.hash();
        return FieldExpiry.find(call, key, hash, 2) ? hash.value() : null;
    }

    // HINCRBY key field increment
    private static void hincrby(Call call) {
        long increment = call.integer(3);
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        Element old = valueOf(call, key);
        long value = 0;
        if (old != null) {
            value = old.isInteger() ? old.integer() : parse(old);
        }
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            throw CounterCommands.OVERFLOW;
        }
        byte[] digits = call.kept(DIGITS);
        set(call, key, digits, Numbers.write(sum, digits, 0), "hincrby");
        call.reply().integer(sum);
    }

    private static long parse(Element text) {
        if (text.length() > Numbers.MAX_LONG_CHARS) {
            throw NOT_INTEGER;
        }
        byte[] array = text.array();
        if (!Numbers.isLong(array, text.offset(), text.length())) {
            throw NOT_INTEGER;
        }
        return Numbers.parseLong(array, text.offset(), text.length());
    }

    // HINCRBYFLOAT key field increment
    private static void hincrbyfloat(Call call) {
        Arguments args = call.args();
        BigDecimal increment = number(args.array(3), args.offset(3), args.length(3), Errors.NOT_FLOAT);
        if (LongDouble.isInfinite(increment)) {
            throw NOT_FINITE;
        }
        KeyCursor key = call.write(1).requireType(ValueType.HASH);
        Element old = valueOf(call, key);
        BigDecimal value = BigDecimal.ZERO;
        if (old != null) {
            if (old.length() > LongDouble.MAX_CHARS) {
                throw NOT_FLOAT;
            }
            byte[] array = old.array();
            value = number(array, old.offset(), old.length(), NOT_FLOAT);
        }
        BigDecimal sum = LongDouble.isInfinite(value) ? value : LongDouble.round(value.add(increment));
        if (LongDouble.isInfinite(sum)) {
            throw SUM_NOT_FINITE;
        }
        byte[] text = LongDouble.format(sum).getBytes(StandardCharsets.ISO_8859_1);
        set(call, key, text, text.length, "hincrbyfloat");
        call.startEffect(4)
                .argument(Words.HSET)
                .argument(args, 1)
                .argument(args, 2)
                .argument(text);
        HashValue hash = key.hash();
        if (hash.hasExpiries() && hash.find(args.array(2), args.offset(2), args.length(2))) {
            long expireAt = hash.expireAt();
            if (expireAt != HashValue.NO_EXPIRY) {
                HashExpiryCommands.log(call, Words.HPEXPIREAT, expireAt, new int[] {2}, 1);
            }
        }
        call.reply().bulk(text);
    }

    private static BigDecimal number(byte[] array, int from, int length, CommandError otherwise) {
        BigDecimal number = LongDouble.parse(array, from, length);
        if (number == null) {
            throw otherwise;
        }
        return number;
    }

    private static void set(Call call, KeyCursor key, byte[] value, int length, String event) {
        Arguments args = call.args();
        key.hash().set(args.array(2), args.offset(2), args.length(2), value, 0, length, true);
        key.changed();
        key.event(KeyspaceEvents.HASH, event);
    }
}
