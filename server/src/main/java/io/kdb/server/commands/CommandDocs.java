package io.kdb.server.commands;

import io.kdb.server.text.QuotedArguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What COMMAND DOCS says of each command, and the tips of COMMAND INFO: read once from the {@code .docs} files beside
 * this class, one a group. Immutable.
 *
 * <p>A block is the command's full name, then indented lines: {@code summary}, {@code since}, {@code complexity},
 * {@code flags}, {@code deprecated}, {@code replaced}, {@code tips}, and a tree of {@code arg name type [key=0] [token=X]
 * [since=..] [deprecated=..] [flags=optional,multiple]}, where two more spaces mean part of the argument above.
 */
final class CommandDocs {
    private static final List<String> GROUPS = List.of(
            "connection",
            "stream",
            "string",
            "list",
            "generic",
            "hash",
            "set",
            "sorted-set",
            "geo",
            "transactions",
            "server",
            "cluster",
            "pubsub",
            "bitmap",
            "hyperloglog");
    private static final Map<String, CommandDocs> BY_NAME = new HashMap<>();

    static {
        GROUPS.forEach(CommandDocs::load);
    }

    /** One node of an argument tree; absent texts are empty, an absent token is null (it may be empty), an absent key spec is -1. */
    record Argument(
            String name,
            String type,
            int keySpec,
            String token,
            String since,
            String deprecated,
            List<String> flags,
            List<Argument> parts) {}

    private final String group;
    private final Map<String, String> fields = new HashMap<>();
    private final List<Argument> arguments = new ArrayList<>();

    private CommandDocs(String group) {
        this.group = group;
    }

    /** The documentation of a command ({@code config|get} for a subcommand); null when there is none. */
    static CommandDocs of(String fullName) {
        return BY_NAME.get(fullName);
    }

    String group() {
        return group;
    }

    /** One of the block's lines, empty when it has none of that name. */
    String field(String name) {
        return fields.getOrDefault(name, "");
    }

    List<String> tips() {
        return words(field("tips"));
    }

    List<String> flags() {
        return words(field("flags"));
    }

    List<Argument> arguments() {
        return arguments;
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
    }

    private static void load(String group) {
        CommandDocs current = null;
        List<List<Argument>> open = new ArrayList<>();
        for (String line : text(group).lines().toList()) {
            String content = line.strip();
            if (content.isEmpty() || content.startsWith("#")) {
                continue;
            }
            int depth = (line.length() - line.stripLeading().length()) / 2;
            if (depth == 0) {
                current = new CommandDocs(group);
                if (BY_NAME.put(content, current) != null) {
                    throw new IllegalStateException(group + ".docs: twice: " + content);
                }
                open.clear();
                open.add(current.arguments);
            } else if (content.startsWith("arg ")) {
                Argument argument = argument(content);
                open.subList(depth, open.size()).clear();
                open.get(depth - 1).add(argument);
                open.add(argument.parts());
            } else {
                int space = content.indexOf(' ');
                current.fields.put(content.substring(0, space), content.substring(space + 1));
            }
        }
    }

    private static Argument argument(String line) {
        List<String> words = QuotedArguments.split(line);
        Map<String, String> more = new HashMap<>();
        for (String word : words.subList(3, words.size())) {
            int equals = word.indexOf('=');
            more.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return new Argument(
                words.get(1),
                words.get(2),
                Integer.parseInt(more.getOrDefault("key", "-1")),
                more.get("token"),
                more.getOrDefault("since", ""),
                more.getOrDefault("deprecated", ""),
                more.containsKey("flags") ? List.of(more.get("flags").split(",", -1)) : List.of(),
                new ArrayList<>());
    }

    private static String text(String group) {
        try (InputStream in = CommandDocs.class.getResourceAsStream(group + ".docs")) {
            if (in == null) {
                throw new IllegalStateException(group + ".docs: missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
