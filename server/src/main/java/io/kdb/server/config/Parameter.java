package io.kdb.server.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One row of the table of parameters: name, type, default and what may be done with it. Immutable once the table
 * stands; its value lives in {@link Settings}.
 */
public class Parameter<T> {
    /** What may be done with a parameter, beyond setting it. */
    enum Flag {
        /** Set at start only. */
        IMMUTABLE,
        /** CONFIG SET needs enable-protected-configs. */
        PROTECTED,
        /** Its value never appears in a log. */
        SENSITIVE,
        /** Takes several words. */
        MULTI_ARG,
        /** CONFIG GET shows it by its full name only. */
        HIDDEN,
        /** Not while a data set loads. */
        DENY_LOADING,
        /** One of kdb's own, unknown to Redis. */
        KDB,
        /** Known and kept, but kdb does nothing with it. */
        NO_EFFECT
    }

    private final String name;
    private final Syntax<T> syntax;
    private final T defaultValue;
    private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
    private String alias;
    private String note = "";
    private int index = -1;

    Parameter(String name, Syntax<T> syntax, T defaultValue) {
        this.name = name;
        this.syntax = syntax;
        this.defaultValue = defaultValue;
    }

    public final String name() {
        return name;
    }

    /** The older name that means the same, or null. */
    public final String alias() {
        return alias;
    }

    public final T defaultValue() {
        return defaultValue;
    }

    public final boolean mutable() {
        return !has(Flag.IMMUTABLE);
    }

    public final boolean sensitive() {
        return has(Flag.SENSITIVE);
    }

    /** Whether kdb does something with it. */
    public final boolean effective() {
        return !has(Flag.NO_EFFECT);
    }

    /** Why it has no effect; empty when it has. */
    public final String note() {
        return note;
    }

    final boolean has(Flag flag) {
        return flags.contains(flag);
    }

    final Syntax<T> syntax() {
        return syntax;
    }

    final int index() {
        return index;
    }

    final Object parse(List<String> words, Settings before) throws RefusedSetting {
        return syntax.parse(words, before.get(this));
    }

    final String format(Settings settings) {
        return syntax.format(settings.get(this));
    }

    final List<Syntax.Line> lines(Settings settings) {
        return syntax.lines(name, settings.get(this), defaultValue);
    }

    final boolean isDefault(Settings settings) {
        return settings.get(this).equals(defaultValue);
    }

    final void alias(String otherName) {
        alias = otherName;
    }

    final void flag(Flag flag) {
        flags.add(flag);
    }

    final void unused(String why) {
        flags.add(Flag.NO_EFFECT);
        note = why;
    }

    final void place(int at) {
        index = at;
    }

    @Override
    public String toString() {
        return name;
    }
}
