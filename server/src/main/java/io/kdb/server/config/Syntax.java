package io.kdb.server.config;

import io.kdb.server.text.QuotedArguments;
import java.util.List;

/** How one parameter's values are read and written. Immutable. */
interface Syntax<T> {
    /** Reads the words of a line or of CONFIG SET; {@code before} is the value they change (client classes, save). */
    T parse(List<String> words, T before) throws RefusedSetting;

    /** The value as CONFIG GET shows it. */
    String format(T value);

    /** The value's lines in redis.conf, none to leave the parameter out. */
    default List<Line> lines(String name, T value, T defaultValue) {
        return List.of(new Line(name + " " + format(value), !value.equals(defaultValue)));
    }

    /** A line; one that is not needed is written only where the file has a line of the parameter already. */
    record Line(String text, boolean needed) {}

    /** Checks that there is one word and returns it. */
    static String only(List<String> words) throws RefusedSetting {
        if (words.size() != 1) throw new RefusedSetting("wrong number of arguments");
        return words.get(0);
    }

    /** A line with the value in quotes. */
    static Line quoted(String name, String value, boolean needed) {
        return new Line(name + " " + QuotedArguments.quote(value), needed);
    }
}
