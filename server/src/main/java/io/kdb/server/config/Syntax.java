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
    default List<String> lines(String name, T value, T defaultValue) {
        return List.of(name + " " + format(value));
    }

    /** Checks that there is one word and returns it. */
    static String only(List<String> words) throws RefusedSetting {
        if (words.size() != 1) throw new RefusedSetting("wrong number of arguments");
        return words.get(0);
    }

    static String quoted(String name, String value) {
        return name + " " + QuotedArguments.quote(value);
    }
}
