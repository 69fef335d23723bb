package io.kdb.server.config;

import io.kdb.server.config.Parameter.Flag;
import java.util.ArrayList;
import java.util.List;

/** How a row of the table of parameters is declared; {@code "name|alias"}. Owner: the table's class initializer. */
final class ParameterRows {
    private static final List<Parameter<?>> TABLE = new ArrayList<>();
    private static final int MAX_HOSTNAME = 255;

    private ParameterRows() {}

    static List<Parameter<?>> table() {
        return List.copyOf(TABLE);
    }

    static YesNo yesNo(String names, boolean defaultValue, Flag... flags) {
        return add(new YesNo(name(names), defaultValue, null), names, flags);
    }

    static Numeric number(String names, long min, long max, long defaultValue, Flag... flags) {
        return add(new Numeric(name(names), Numeric.Form.PLAIN, min, max, defaultValue), names, flags);
    }

    static Numeric memory(String names, long min, long max, long defaultValue, Flag... flags) {
        return add(new Numeric(name(names), Numeric.Form.MEMORY, min, max, defaultValue), names, flags);
    }

    /** A string that may be empty. */
    static Parameter<String> text(String names, String defaultValue, Flag... flags) {
        return row(names, new Words.Line(false, value -> null), defaultValue, flags);
    }

    /** A string that is unset when empty. */
    static Parameter<String> optional(String names, Flag... flags) {
        return row(names, new Words.Line(true, value -> null), "", flags);
    }

    static <E extends Enum<E>> Parameter<E> choice(String names, E defaultValue, Flag... flags) {
        return row(names, Words.OneOf.of(defaultValue.getDeclaringClass()), defaultValue, flags);
    }

    static <T> Parameter<T> row(String names, Syntax<T> syntax, T defaultValue, Flag... flags) {
        return add(new Parameter<>(name(names), syntax, defaultValue), names, flags);
    }

    static <P extends Parameter<?>> P row(P parameter, Flag... flags) {
        return add(parameter, parameter.name(), flags);
    }

    private static <P extends Parameter<?>> P add(P parameter, String names, Flag... flags) {
        int bar = names.indexOf('|');
        if (bar >= 0) parameter.alias(names.substring(bar + 1));
        for (Flag flag : flags) parameter.flag(flag);
        parameter.place(TABLE.size());
        TABLE.add(parameter);
        return parameter;
    }

    private static String name(String names) {
        int bar = names.indexOf('|');
        return bar < 0 ? names : names.substring(0, bar);
    }

    static Words.Check onlyEmpty(String refusal) {
        return value -> value.isEmpty() ? null : refusal;
    }

    static String hostname(String value) {
        if (value.length() > MAX_HOSTNAME) return "Hostnames must be less than 256 characters";
        return value.matches("[a-zA-Z0-9.-]*")
                ? null
                : "Hostnames may only contain alphanumeric characters, hyphens or dots";
    }

    static String address(String value) {
        int colon = value.lastIndexOf(':');
        boolean valid = colon > 0 && value.substring(colon + 1).matches("\\d{1,5}");
        return valid && Integer.parseInt(value.substring(colon + 1)) <= 65535
                ? null
                : "argument must be an address (expected: host:port)";
    }
}
