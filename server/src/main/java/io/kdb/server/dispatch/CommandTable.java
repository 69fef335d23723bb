package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Finds a command's row by the bytes of its name, any case, without allocating: open addressing over at most half full
 * slots. Immutable once built; a duplicate row fails at start.
 */
public final class CommandTable {
    /** No such place. */
    static final int NONE = -1;

    private final TreeMap<String, CommandSpec> byName = new TreeMap<>();
    private final CommandSpec[] slots;
    private final byte[][] names;
    private int size;

    /** {@code families}: the TABLE of every XCommands class. */
    public CommandTable(List<List<CommandSpec>> families) {
        List<CommandSpec> all = new ArrayList<>();
        families.forEach(all::addAll);
        slots = new CommandSpec[Integer.highestOneBit(Math.max(8, all.size() * 4))];
        names = new byte[slots.length][];
        for (CommandSpec spec : all) {
            if (byName.put(spec.name(), spec) != null) {
                throw new IllegalArgumentException("command twice: " + spec.name());
            }
            put(spec.name(), spec);
            spec.id = size++;
            for (CommandSpec sub : spec.subcommands().values()) {
                sub.id = size++;
            }
        }
    }

    /** A table in which {@code renames} (rename-command: old name to new name, empty = removed) have been applied. */
    public CommandTable(List<List<CommandSpec>> families, java.util.Map<String, String> renames) {
        this(renamed(families, renames));
        renames.forEach((from, to) -> {
            if (!to.isEmpty()) {
                CommandSpec spec = find(families, from);
                if (spec != null) {
                    byName.put(to.toLowerCase(Locale.ROOT), spec);
                    put(to.toLowerCase(Locale.ROOT), spec);
                }
            }
        });
    }

    private static List<List<CommandSpec>> renamed(
            List<List<CommandSpec>> families, java.util.Map<String, String> renames) {
        List<CommandSpec> kept = new ArrayList<>();
        for (List<CommandSpec> family : families) {
            for (CommandSpec spec : family) {
                if (renames.keySet().stream().noneMatch(spec.name()::equalsIgnoreCase)) {
                    kept.add(spec);
                }
            }
        }
        return List.of(kept);
    }

    private static CommandSpec find(List<List<CommandSpec>> families, String name) {
        for (List<CommandSpec> family : families) {
            for (CommandSpec spec : family) {
                if (spec.name().equalsIgnoreCase(name)) {
                    return spec;
                }
            }
        }
        return null;
    }

    private void put(String name, CommandSpec spec) {
        byte[] bytes = name.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        int i = hash(bytes, 0, bytes.length) & slots.length - 1;
        while (slots[i] != null) {
            i = i + 1 & slots.length - 1;
        }
        slots[i] = spec;
        names[i] = bytes;
    }

    /** The row named by argument 0, or null. */
    public CommandSpec find(Arguments args) {
        int place = place(args, NONE);
        return place == NONE ? null : slots[place];
    }

    /**
     * Where the row named by argument 0 is, or {@link #NONE}; {@code guess}, if not NONE either, is looked at first: most
     * commands of a pipeline have the name of the one before.
     */
    int place(Arguments args, int guess) {
        byte[] array = args.array(0);
        int from = args.offset(0);
        int length = args.length(0);
        if (guess != NONE && same(names[guess], array, from, length)) {
            return guess;
        }
        for (int i = hash(array, from, length) & slots.length - 1; slots[i] != null; i = i + 1 & slots.length - 1) {
            if (same(names[i], array, from, length)) {
                return i;
            }
        }
        return NONE;
    }

    /** The row at a place. */
    CommandSpec at(int place) {
        return slots[place];
    }

    /** The row of argument 0, or of the subcommand that argument 1 names; null when there is none. */
    public CommandSpec resolve(Arguments args) {
        CommandSpec spec = find(args);
        return spec != null && spec.isContainer() ? spec.subcommand(args) : spec;
    }

    /** The row of that name, any case, or null. */
    public CommandSpec find(String name) {
        return byName.get(name.toLowerCase(Locale.ROOT));
    }

    /** One more than the highest row id, subcommands included. */
    int idCount() {
        return size;
    }

    public Collection<CommandSpec> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    private static int hash(byte[] array, int from, int length) {
        int h = length;
        for (int i = from, end = from + length; i < end; i++) {
            h = h * 31 + lower(array[i]);
        }
        return h ^ h >>> 15;
    }

    private static boolean same(byte[] name, byte[] array, int from, int length) {
        if (name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name[i] != lower(array[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }
}
