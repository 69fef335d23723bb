package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.CommandTable;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyPositions;
import io.kdb.server.dispatch.KeySpec;
import io.kdb.server.text.Glob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** COMMAND: the command table as its users see it. https://redis.io/docs/latest/commands/command/ */
public final class CommandCommands {
    public static final List<CommandSpec> TABLE = List.of(CommandSpec.container(
                    "command",
                    -1,
                    List.of(
                            sub("count", 2, CommandCommands::count),
                            sub("docs", -2, CommandCommands::docs),
                            sub("getkeys", -4, call -> getkeys(call, false)),
                            sub("getkeysandflags", -4, call -> getkeys(call, true)),
                            sub("info", -2, CommandCommands::info),
                            sub("list", -2, CommandCommands::list),
                            sub("help", 2, CommandCommands::help)),
                    CommandCommands::command,
                    LOADING,
                    STALE)
            .in(AclCategory.CONNECTION));

    private CommandCommands() {}

    private static CommandSpec sub(String name, int arity, CommandFunction function) {
        return row(name, arity, function, LOADING, STALE).in(AclCategory.CONNECTION);
    }

    // COMMAND
    private static void command(Call call) {
        infos(call, call.node().commands().all());
    }

    private static void infos(Call call, Collection<CommandSpec> commands) {
        CommandReplies replies = new CommandReplies(call.reply());
        call.reply().array(commands.size());
        commands.forEach(replies::info);
    }

    // COMMAND COUNT
    private static void count(Call call) {
        call.reply().integer(call.node().commands().all().size());
    }

    // COMMAND INFO [command-name [command-name ...]]
    private static void info(Call call) {
        Arguments args = call.args();
        if (args.count() == 2) {
            command(call);
            return;
        }
        CommandReplies replies = new CommandReplies(call.reply());
        call.reply().array(args.count() - 2);
        for (int i = 2; i < args.count(); i++) {
            CommandSpec command = find(call.node().commands(), args.text(i));
            if (command == null) {
                call.reply().nullBulk();
            } else {
                replies.info(command);
            }
        }
    }

    // COMMAND DOCS [command-name [command-name ...]]
    private static void docs(Call call) {
        Arguments args = call.args();
        List<CommandSpec> commands = new ArrayList<>();
        if (args.count() == 2) {
            commands.addAll(call.node().commands().all());
        }
        for (int i = 2; i < args.count(); i++) {
            CommandSpec command = find(call.node().commands(), args.text(i));
            if (command != null) {
                commands.add(command);
            }
        }
        CommandReplies replies = new CommandReplies(call.reply());
        call.reply().map(commands.size());
        commands.forEach(replies::docs);
    }

    /** The row of {@code get} or {@code config|get}, or null. */
    private static CommandSpec find(CommandTable commands, String name) {
        int bar = name.indexOf('|');
        CommandSpec found = commands.find(bar < 0 ? name : name.substring(0, bar));
        if (found == null || bar < 0) {
            return found;
        }
        return found.subcommands().get(name.substring(bar + 1).toLowerCase(Locale.ROOT));
    }

    // COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]
    private static void list(Call call) {
        Arguments args = call.args();
        Predicate<CommandSpec> wanted = command -> true;
        if (args.count() == 5 && args.is(2, "FILTERBY")) {
            String value = args.text(4);
            if (args.is(3, "MODULE")) {
                wanted = command -> false;
            } else if (args.is(3, "ACLCAT")) {
                wanted = command ->
                        command.categories().stream().anyMatch(c -> c.wireName().equalsIgnoreCase("@" + value));
            } else if (args.is(3, "PATTERN")) {
                wanted = command -> Glob.matches(value, command.fullName(), true);
            } else {
                throw Errors.SYNTAX;
            }
        } else if (args.count() != 2) {
            throw Errors.SYNTAX;
        }
        List<String> names = new ArrayList<>();
        for (CommandSpec command : call.node().commands().all()) {
            add(command, wanted, names);
            for (CommandSpec sub : command.subcommands().values()) {
                add(sub, wanted, names);
            }
        }
        call.reply().set(names.size());
        names.forEach(call.reply()::bulk);
    }

    private static void add(CommandSpec command, Predicate<CommandSpec> wanted, List<String> names) {
        if (wanted.test(command)) {
            names.add(command.fullName());
        }
    }

    // COMMAND GETKEYS command [arg [arg ...]]
    // COMMAND GETKEYSANDFLAGS command [arg [arg ...]]
    private static void getkeys(Call call, boolean withFlags) {
        Arguments args = call.args();
        byte[][] words = new byte[args.count() - 2][];
        for (int i = 0; i < words.length; i++) {
            words[i] = args.copy(i + 2);
        }
        Arguments asked = Arguments.of(words);
        CommandSpec command = call.node().commands().find(asked);
        if (command != null && command.isContainer()) {
            command = command.subcommands().get(asked.text(1).toLowerCase(Locale.ROOT));
        }
        if (command == null) {
            throw new CommandError("ERR Invalid command specified");
        }
        if (command.keySpecs().stream().allMatch(spec -> spec.flags().contains(KeySpec.Flag.NOT_KEY))) {
            throw new CommandError("ERR The command has no key arguments");
        }
        if (!command.accepts(asked.count())) {
            throw new CommandError("ERR Invalid number of arguments specified for command");
        }
        KeyPositions keys = new KeyPositions();
        if (!keys.collectBySpecs(command, asked) || keys.count() == 0) {
            throw new CommandError("ERR Invalid arguments specified for command");
        }
        call.reply().array(keys.count());
        CommandReplies replies = new CommandReplies(call.reply());
        for (int i = 0; i < keys.count(); i++) {
            byte[] key = asked.copy(keys.at(i));
            if (!withFlags) {
                call.reply().bulk(key);
                continue;
            }
            call.reply().array(2);
            call.reply().bulk(key);
            replies.keyFlags(actual(keys.spec(i), command, asked));
        }
    }

    /** What is done to the key that {@code spec} has found in these arguments: SET without GET reads nothing. */
    private static KeySpec actual(KeySpec spec, CommandSpec command, Arguments args) {
        if (spec.flags().contains(KeySpec.Flag.INCOMPLETE)) {
            return KeySpec.key(spec.index(), KeySpec.Flag.RW, KeySpec.Flag.ACCESS, KeySpec.Flag.DELETE);
        }
        if (!spec.flags().contains(KeySpec.Flag.VARIABLE_FLAGS)) {
            return spec;
        }
        return switch (command.name()) {
            case "set" ->
                hasGet(args)
                        ? KeySpec.key(spec.index(), KeySpec.Flag.RW, KeySpec.Flag.ACCESS, KeySpec.Flag.UPDATE)
                        : KeySpec.key(spec.index(), KeySpec.Flag.OW, KeySpec.Flag.UPDATE);
            case "bitfield" ->
                BitfieldOperation.onlyReads(args)
                        ? KeySpec.key(spec.index(), KeySpec.Flag.RO, KeySpec.Flag.ACCESS)
                        : KeySpec.key(spec.index(), KeySpec.Flag.RW, KeySpec.Flag.ACCESS, KeySpec.Flag.UPDATE);
            default ->
                args.count() > 2
                        ? KeySpec.key(spec.index(), KeySpec.Flag.RW, KeySpec.Flag.ACCESS, KeySpec.Flag.DELETE)
                        : KeySpec.key(spec.index(), KeySpec.Flag.RM, KeySpec.Flag.DELETE);
        };
    }

    private static boolean hasGet(Arguments args) {
        for (int i = 3; i < args.count(); i++) {
            if (args.is(i, "GET")) {
                return true;
            }
        }
        return false;
    }

    // COMMAND HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "(no subcommand)",
                "    Describe all commands.",
                "COUNT",
                "    Count the commands.",
                "DOCS [<command-name> ...]",
                "    Document these commands, or all.",
                "GETKEYS <full-command>",
                "    Find the keys in a command's arguments.",
                "GETKEYSANDFLAGS <full-command>",
                "    Find the keys in a command's arguments, and what is done to them.",
                "INFO [<command-name> ...]",
                "    Describe these commands, or all.",
                "LIST [FILTERBY <MODULE <name> | ACLCAT <category> | PATTERN <pattern>>]",
                "    List the names of commands.");
    }
}
