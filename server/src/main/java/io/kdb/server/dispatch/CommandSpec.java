package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One row of the command table: name, arity, keys, function, flags; everything else about a command (queueing, routing,
 * ACL categories, COMMAND's replies) follows from it. Immutable once it is in a table.
 */
public final class CommandSpec {
    private final String name;
    private final int arity;
    private final List<KeySpec> keySpecs;
    private final CommandFunction function;
    private final int flagBits;
    private final Set<AclCategory> categories = EnumSet.noneOf(AclCategory.class);
    private final Map<String, CommandSpec> subcommands;
    private CommandSpec parent;
    private Predicate<Arguments> reachesFurther;

    /** Position of the only key when it is a single key at a fixed place (the usual case), else 0. */
    final int onlyKey;

    /** The first argument that is looked up in the collection at the only key, or 0; and how far the next one is from it. */
    int firstElement;

    int elementStep;

    /** Which end of the sorted set at the only key it takes members from: -1 the lowest, 1 the highest, 0 neither. */
    int takesFrom;

    /** Index into every loop's {@link CommandUsage}; given by the {@link CommandTable}. */
    int id;

    private CommandSpec(
            String name,
            int arity,
            List<KeySpec> keySpecs,
            CommandFunction function,
            CommandFlag[] flags,
            Map<String, CommandSpec> subcommands) {
        this.name = name;
        this.arity = arity;
        this.keySpecs = List.copyOf(keySpecs);
        this.function = function;
        this.subcommands = subcommands;
        int bits = 0;
        for (CommandFlag flag : flags) {
            bits |= flag.bit();
        }
        this.flagBits = bits;
        boolean single = this.keySpecs.size() == 1
                && this.keySpecs.get(0).keyword() == null
                && !this.keySpecs.get(0).isCounted()
                && this.keySpecs.get(0).last() == 0;
        this.onlyKey = single ? this.keySpecs.get(0).index() : 0;
        impliedCategories();
    }

    /** A row without keys. */
    public static CommandSpec row(String name, int arity, CommandFunction function, CommandFlag... flags) {
        return new CommandSpec(name, arity, List.of(), function, flags, Map.of());
    }

    /** A row with one key spec. */
    public static CommandSpec row(
            String name, int arity, KeySpec keys, CommandFunction function, CommandFlag... flags) {
        return new CommandSpec(name, arity, List.of(keys), function, flags, Map.of());
    }

    /** A row with several key specs. */
    public static CommandSpec row(
            String name, int arity, List<KeySpec> keys, CommandFunction function, CommandFlag... flags) {
        return new CommandSpec(name, arity, keys, function, flags, Map.of());
    }

    /** A container such as CLIENT: its rows are named by their subcommand ("list"). */
    public static CommandSpec container(String name, int arity, List<CommandSpec> subcommands, CommandFlag... flags) {
        return container(name, arity, subcommands, null, flags);
    }

    /** A container that also does something without a subcommand: COMMAND. */
    public static CommandSpec container(
            String name, int arity, List<CommandSpec> subcommands, CommandFunction function, CommandFlag... flags) {
        Map<String, CommandSpec> byName = new LinkedHashMap<>();
        CommandSpec container =
                new CommandSpec(name, arity, List.of(), function, flags, Collections.unmodifiableMap(byName));
        for (CommandSpec sub : subcommands) {
            if (byName.put(sub.name, sub) != null) {
                throw new IllegalArgumentException("subcommand twice: " + name + "|" + sub.name);
            }
            sub.parent = container;
        }
        return container;
    }

    /** Adds ACL categories that do not follow from the flags; for use while tables are built. */
    public CommandSpec in(AclCategory... more) {
        categories.addAll(List.of(more));
        return this;
    }

    /**
     * Its arguments from this one on, each {@code step}-th, are looked up in the collection at its only key; while tables are
     * built. An argument that is none does no harm.
     */
    public CommandSpec elements(int first, int step) {
        firstElement = first;
        elementStep = step;
        return this;
    }

    /** Takes members from an end of the sorted set at its only key; while tables are built. */
    public CommandSpec takes(boolean highest) {
        takesFrom = highest ? 1 : -1;
        return this;
    }

    /** With arguments for which this holds it reaches keys that are not among them, and runs alone; while tables are built. */
    public CommandSpec aloneWhen(Predicate<Arguments> predicate) {
        reachesFurther = predicate;
        return this;
    }

    /** Whether it must run alone in the keyspace with these arguments. */
    boolean runsAlone(Arguments args) {
        return has(CommandFlag.EXCLUSIVE) || reachesFurther != null && reachesFurther.test(args);
    }

    private void impliedCategories() {
        if (has(CommandFlag.WRITE)) {
            categories.add(AclCategory.WRITE);
        }
        if (has(CommandFlag.READONLY)) {
            categories.add(AclCategory.READ);
        }
        if (has(CommandFlag.ADMIN)) {
            categories.add(AclCategory.ADMIN);
            categories.add(AclCategory.DANGEROUS);
        }
        if (has(CommandFlag.PUBSUB)) {
            categories.add(AclCategory.PUBSUB);
        }
        if (has(CommandFlag.BLOCKING)) {
            categories.add(AclCategory.BLOCKING);
        }
        categories.add(has(CommandFlag.FAST) ? AclCategory.FAST : AclCategory.SLOW);
    }

    /** Lower-case name; of a subcommand its own part only. */
    public String name() {
        return name;
    }

    /** {@code config|get} for a subcommand, else the name. */
    public String fullName() {
        return parent == null ? name : parent.name + "|" + name;
    }

    public CommandSpec parent() {
        return parent;
    }

    /** The container of a subcommand; itself otherwise. */
    public CommandSpec parentOrSelf() {
        return parent == null ? this : parent;
    }

    public int arity() {
        return arity;
    }

    public List<KeySpec> keySpecs() {
        return keySpecs;
    }

    public Map<String, CommandSpec> subcommands() {
        return subcommands;
    }

    public boolean isContainer() {
        return !subcommands.isEmpty();
    }

    /** The row that argument 1 names; a container's own without one, null when it names none. */
    CommandSpec subcommand(Arguments args) {
        if (args.count() < 2) {
            return this;
        }
        for (CommandSpec sub : subcommands.values()) {
            if (args.is(1, sub.name)) {
                return sub;
            }
        }
        return null;
    }

    CommandFunction function() {
        return function;
    }

    public boolean has(CommandFlag flag) {
        return (flagBits & flag.bit()) != 0;
    }

    boolean hasAny(int bits) {
        return (flagBits & bits) != 0;
    }

    int flagBits() {
        return flagBits;
    }

    public Set<AclCategory> categories() {
        return Collections.unmodifiableSet(categories);
    }

    /** True when {@code argc} arguments (the command's name included) are allowed. */
    public boolean accepts(int argc) {
        return arity >= 0 ? argc == arity : argc >= -arity;
    }

    /** All flags COMMAND INFO shows, in Redis' words. */
    public List<String> flagNames() {
        List<String> names = new ArrayList<>();
        for (CommandFlag flag : CommandFlag.values()) {
            if (flag.isPublic() && has(flag)) {
                names.add(flag.wireName());
            }
        }
        return names;
    }

    @Override
    public String toString() {
        return fullName().toUpperCase(Locale.ROOT);
    }
}
