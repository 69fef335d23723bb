package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.STRING;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Encoding;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Strings that are numbers. */
public final class CounterCommands {
    public static final List<CommandSpec> TABLE = List.of(
            counter("incr", 2, CounterCommands::incr),
            counter("decr", 2, CounterCommands::decr),
            counter("incrby", 3, CounterCommands::incrby),
            counter("decrby", 3, CounterCommands::decrby),
            counter("incrbyfloat", 3, CounterCommands::incrbyfloat));

    static final CommandError OVERFLOW = new CommandError("ERR increment or decrement would overflow");
    private static final CommandError DECREMENT_OVERFLOW = new CommandError("ERR decrement would overflow");
    private static final CommandError NOT_FINITE = new CommandError("ERR increment would produce NaN or Infinity");

    private CounterCommands() {}

    private static CommandSpec counter(String name, int arity, CommandFunction function) {
        return row(name, arity, key(1, RW, ACCESS, UPDATE), function, WRITE, DENYOOM, FAST)
                .in(STRING);
    }

    // INCR key
    private static void incr(Call call) {
        add(call, 1);
    }

    // DECR key
    private static void decr(Call call) {
        add(call, -1);
    }

    // INCRBY key increment
    private static void incrby(Call call) {
        add(call, call.integer(2));
    }

    // DECRBY key decrement
    private static void decrby(Call call) {
        long decrement = call.integer(2);
        if (decrement == Long.MIN_VALUE) {
            throw DECREMENT_OVERFLOW;
        }
        add(call, -decrement);
    }

    private static void add(Call call, long increment) {
        KeyCursor key = call.write(1).requireString();
        long value = key.integerValue(Errors.NOT_INTEGER);
        long sum = value + increment;
        if (((value ^ sum) & (increment ^ sum)) < 0) {
            throw OVERFLOW;
        }
        key.setInteger(sum);
        key.event(KeyspaceEvents.STRING, "incrby");
        call.reply().integer(sum);
    }

    // INCRBYFLOAT key increment
    private static void incrbyfloat(Call call) {
        KeyCursor key = call.write(1).requireString();
        BigDecimal value = BigDecimal.ZERO;
        if (key.exists()) {
            // One byte more than may be read as a number says that it is too long.
            byte[] digits = new byte[Math.min(key.valueLength(), LongDouble.MAX_CHARS + 1)];
            key.readValue(0, digits, 0, digits.length);
            value = number(digits, 0, digits.length);
        }
        BigDecimal increment =
                number(call.args().array(2), call.args().offset(2), call.args().length(2));
        BigDecimal sum = LongDouble.isInfinite(value) || LongDouble.isInfinite(increment)
                ? LongDouble.INFINITY
                : LongDouble.round(value.add(increment));
        if (LongDouble.isInfinite(sum)) {
            throw NOT_FINITE;
        }
        byte[] text = LongDouble.format(sum).getBytes(StandardCharsets.ISO_8859_1);
        key.setString(text, 0, text.length, KeyCursor.KEEP_TTL);
        if (key.encoding() == Encoding.INT) {
            key.encoding(Encoding.EMBSTR);
        }
        key.event(KeyspaceEvents.STRING, "incrbyfloat");
        call.startEffect(4)
                .argument(Words.SET)
                .argument(call.args(), 1)
                .argument(text)
                .argument(Words.KEEPTTL);
        call.reply().bulk(text);
    }

    private static BigDecimal number(byte[] array, int from, int length) {
        BigDecimal number = LongDouble.parse(array, from, length);
        if (number == null) {
            throw Errors.NOT_FLOAT;
        }
        return number;
    }
}
