package io.kdb.server.config;

import io.kdb.server.text.Glob;
import io.kdb.server.text.QuotedArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads redis.conf and the command line, which counts as more lines at the file's end. Owner: the thread that starts
 * the server; used once.
 */
final class ConfigReader {
    /** Redis has no limit and overruns its stack; a file that includes itself ends here. */
    private static final int MAX_INCLUDE_DEPTH = 64;

    /** Lines of older versions that are skipped. */
    private static final Set<String> OBSOLETE =
            Set.of("list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands");

    private static final Set<String> OPEN_TO_ALL = Set.of(
            "on",
            "nopass",
            "sanitize-payload",
            "~*",
            "allkeys",
            "&*",
            "allchannels",
            "+@all",
            "allcommands",
            "reset",
            "resetpass",
            "resetkeys",
            "resetchannels",
            "clearselectors");

    private final Set<Parameter<?>> seen = new HashSet<>();
    private final List<RenamedCommand> renamed = new ArrayList<>();
    private Settings settings = Settings.defaults();
    private int includeDepth;

    /** A rename-command line; an empty new name removes the command. */
    record RenamedCommand(String from, String to, int lineNumber, String line) {}

    Settings settings() {
        return settings;
    }

    List<RenamedCommand> renamed() {
        return renamed;
    }

    /** Reads a file if there is one, then the standard input if there is one, then the options' lines. */
    void read(Path file, InputStream stdin, String options) throws ConfigFileError {
        StringBuilder text = new StringBuilder();
        if (file != null) text.append(contents(file));
        if (stdin != null) text.append('\n').append(all(stdin));
        if (!options.isEmpty()) text.append('\n').append(options);
        lines(text.toString());
    }

    /** The settings that only make sense together; a logfile must be one we can write. */
    void check() throws ConfigFileError {
        if (settings.get(Parameters.CLUSTER_ENABLED)) {
            if (!settings.get(Parameters.REPLICAOF).isNone()) {
                throw ConfigFileError.whole("replicaof directive not allowed in cluster mode");
            }
        } else if (!settings.get(Parameters.JOIN).isEmpty()) {
            throw ConfigFileError.whole("join directive needs cluster-enabled yes");
        }
        if (!settings.get(Parameters.LOGFILE).isEmpty()) {
            String refusal = LogFile.probe(settings.path(Parameters.LOGFILE));
            if (refusal != null) throw ConfigFileError.whole("Can't open the log file: " + refusal);
        }
    }

    /** Reads lines of a file. */
    void lines(String text) throws ConfigFileError {
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = trim(lines[i]);
            if (line.isEmpty() || line.charAt(0) == '#') continue;
            try {
                line(line, i + 1);
            } catch (RefusedSetting e) {
                throw ConfigFileError.at(i + 1, line, e.getMessage());
            }
        }
    }

    private void line(String line, int lineNumber) throws RefusedSetting, ConfigFileError {
        List<String> words = QuotedArguments.split(line);
        if (words == null) throw new RefusedSetting("Unbalanced quotes in configuration line");
        if (words.isEmpty()) return;
        String name = words.get(0).toLowerCase(Locale.ROOT);
        List<String> values = words.subList(1, words.size());
        Parameter<?> parameter = Parameters.find(name);
        if (parameter != null) parameter(parameter, values);
        else if (!(OBSOLETE.contains(name) && values.size() == 1)) directive(name, values, line, lineNumber);
    }

    private void parameter(Parameter<?> parameter, List<String> values) throws RefusedSetting {
        boolean several = parameter.has(Parameter.Flag.MULTI_ARG);
        if (!several && values.size() != 1) throw new RefusedSetting("wrong number of arguments");
        List<String> words = values;
        if (several && values.size() == 1 && !values.get(0).isEmpty()) {
            words = QuotedArguments.split(values.get(0));
            if (words == null) throw new RefusedSetting("Unbalanced quotes in configuration line");
        }
        // The first save line replaces the default points, the next ones add to it.
        boolean first = seen.add(parameter);
        Settings before = first && parameter == Parameters.SAVE ? settings.with(parameter, SavePoints.NONE) : settings;
        settings = settings.with(parameter, parameter.parse(words, before));
    }

    private void directive(String name, List<String> values, String line, int lineNumber)
            throws RefusedSetting, ConfigFileError {
        if (name.equals("include") && values.size() == 1) {
            include(values.get(0));
        } else if (name.equals("rename-command") && values.size() == 2) {
            renamed.add(new RenamedCommand(values.get(0).toLowerCase(Locale.ROOT), values.get(1), lineNumber, line));
        } else if (name.equals("user") && !values.isEmpty()) {
            user(values);
        } else if (name.equals("loadmodule") && !values.isEmpty()) {
            throw new RefusedSetting("kdb loads no modules");
        } else if (name.indexOf('.') >= 0) {
            throw new RefusedSetting(
                    values.isEmpty() ? "Module config specified without value" : "kdb loads no modules");
        } else if (name.equals("sentinel") && !values.isEmpty()) {
            throw new RefusedSetting("sentinel directive while not in sentinel mode");
        } else {
            throw new RefusedSetting("Bad directive or wrong number of arguments");
        }
    }

    /** Redis' own CONFIG REWRITE writes the default user into every file; nobody else exists here yet. */
    private static void user(List<String> values) throws RefusedSetting {
        for (String rule : values.subList(1, values.size())) {
            boolean open = OPEN_TO_ALL.contains(rule.toLowerCase(Locale.ROOT)) || rule.startsWith("#");
            if (!open) throw noUsers(rule);
        }
        if (!values.get(0).equals("default")) throw noUsers(values.get(0));
    }

    private static RefusedSetting noUsers(String word) {
        return new RefusedSetting("Error in user declaration '" + word + "': kdb has no ACL users yet");
    }

    private void include(String pattern) throws ConfigFileError {
        if (++includeDepth > MAX_INCLUDE_DEPTH) {
            throw ConfigFileError.whole("include: nested deeper than " + MAX_INCLUDE_DEPTH + " files");
        }
        StringBuilder text = new StringBuilder();
        for (Path file : files(pattern)) text.append(contents(file));
        lines(text.toString());
        includeDepth--;
    }

    /** The files a pattern names, sorted; none if nothing matches. A plain name is one file, there or not. */
    private List<Path> files(String pattern) {
        if (pattern.matches("[^*?\\[]*")) return List.of(settings.directory().resolve(Directory.path(pattern)));
        Set<Path> found = new TreeSet<>(Set.of(pattern.startsWith("/") ? Path.of("/") : settings.directory()));
        for (String part : pattern.split("/", -1)) {
            if (!part.isEmpty()) found = matching(found, part);
        }
        found.removeIf(Files::isDirectory);
        return new ArrayList<>(found);
    }

    private static Set<Path> matching(Set<Path> folders, String part) {
        Set<Path> matches = new TreeSet<>();
        for (Path folder : folders) {
            if (part.equals("..") || part.equals(".")) {
                matches.add(folder.resolve(part));
                continue;
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                for (Path entry : entries) {
                    String name = Directory.text(entry.getFileName());
                    boolean hidden = name.startsWith(".") && !part.startsWith(".");
                    if (!hidden && Glob.matches(part, name, false)) matches.add(entry);
                }
            } catch (IOException e) {
                // As in glob(3): a folder that cannot be read has no matches.
            }
        }
        return matches;
    }

    private static String contents(Path file) throws ConfigFileError {
        try {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
        } catch (IOException e) {
            throw ConfigFileError.unreadable(Directory.text(file), reason(e));
        }
    }

    private static String all(InputStream stdin) throws ConfigFileError {
        try {
            return new String(stdin.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw ConfigFileError.unreadable("(stdin)", reason(e));
        }
    }

    /** The operating system's words for why a file could not be used. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) return "No such file or directory";
        if (e instanceof AccessDeniedException) return "Permission denied";
        String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return reason == null ? e.toString() : reason;
    }

    private static String trim(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && " \t\r\n".indexOf(line.charAt(from)) >= 0) from++;
        while (to > from && " \t\r\n".indexOf(line.charAt(to - 1)) >= 0) to--;
        return line.substring(from, to);
    }

    /** The options of a command line as lines of a file: {@code --port 6380 --save ""}. */
    static String options(List<String> arguments) {
        StringBuilder lines = new StringBuilder();
        boolean hasValue = true;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = Directory.bytes(arguments.get(i));
            if (!hasValue || !argument.startsWith("--")) {
                lines.append(QuotedArguments.quote(argument)).append(' ');
                hasValue = true;
                continue;
            }
            if (lines.length() > 0) lines.append('\n');
            lines.append(argument.substring(2)).append(' ');
            List<String> words = QuotedArguments.split(argument);
            hasValue = words == null || words.size() != 1;
            boolean last = i == arguments.size() - 1;
            boolean nextIsOption = !last && arguments.get(i + 1).startsWith("--");
            if (!hasValue && argument.equalsIgnoreCase("--save") && (last || nextIsOption)) {
                lines.append("\"\"");
                hasValue = true;
            }
        }
        return lines.toString();
    }

    /** A command line without the lone dashes, at its begin or end, that stand for the standard input. */
    static List<String> withoutDash(List<String> arguments) {
        List<String> rest = new ArrayList<>(arguments);
        if (!rest.isEmpty() && rest.get(rest.size() - 1).equals("-")) rest.remove(rest.size() - 1);
        if (!rest.isEmpty() && rest.get(0).equals("-")) rest.remove(0);
        return rest;
    }
}
