package io.kdb.server.config;

import io.kdb.server.config.Parameter.Flag;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's configuration: the current {@link Settings}, where they came from, and who wants to know of changes.
 * Thread-safe: reading is one volatile read, changes take turns.
 */
public final class ServerConfig {
    /** The version whose behaviour kdb has. */
    public static final String REDIS_VERSION = "7.0.15";

    private static final Logger log = LoggerFactory.getLogger(ServerConfig.class);

    private final Path file;
    private final List<ConfigReader.RenamedCommand> renames;
    private final List<Registration> registrations = new CopyOnWriteArrayList<>();
    private volatile Settings current;

    /** Puts new settings into effect outside this table: a port, a file, a level. */
    public interface Applier {
        /**
         * Called after the settings were swapped, before CONFIG SET is answered.
         *
         * @throws RefusedSetting when they cannot be put into effect: then all of the CONFIG SET is taken back, and
         *     the appliers already called are called again the other way round
         */
        void apply(Settings before, Settings now) throws RefusedSetting;
    }

    private record Registration(Set<Parameter<?>> parameters, Applier applier) {}

    private ServerConfig(Path file, ConfigReader reader) {
        this.file = file;
        this.current = reader.settings();
        this.renames = reader.renamed();
    }

    /**
     * Reads a command line as redis-server does: {@code [file] [-] [--name value...]...}; a dash stands for the
     * standard input.
     */
    public static ServerConfig load(List<String> arguments, InputStream stdin) throws ConfigFileError {
        List<String> options = ConfigReader.withoutDash(arguments);
        boolean readStdin = options.size() < arguments.size();
        Path file = null;
        if (!options.isEmpty() && !options.get(0).startsWith("-")) {
            file = Path.of(options.get(0)).toAbsolutePath();
            options = options.subList(1, options.size());
            if (!options.isEmpty() && options.get(0).equals("-")) {
                readStdin = true;
                options = options.subList(1, options.size());
            }
        }
        ConfigReader reader = new ConfigReader();
        reader.read(file, readStdin ? stdin : null, ConfigReader.options(options));
        reader.check();
        return new ServerConfig(file, reader);
    }

    /** Settings from lines of a redis.conf. */
    public static ServerConfig of(String... lines) throws ConfigFileError {
        ConfigReader reader = new ConfigReader();
        reader.lines(String.join("\n", lines));
        reader.check();
        return new ServerConfig(null, reader);
    }

    /** Every parameter at its default. */
    public static ServerConfig defaults() {
        return new ServerConfig(null, new ConfigReader());
    }

    /** The settings now; take it once where several must fit together. */
    public Settings current() {
        return current;
    }

    public boolean get(YesNo parameter) {
        return current.get(parameter);
    }

    public long get(Numeric parameter) {
        return current.get(parameter);
    }

    public <T> T get(Parameter<T> parameter) {
        return current.get(parameter);
    }

    /** The file the server was started with. */
    public Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /** The rename-command lines, old name (lower case) to new; an empty new name removes the command. */
    public Map<String, String> renamedCommands() {
        Map<String, String> names = new LinkedHashMap<>();
        for (ConfigReader.RenamedCommand renamed : renames) names.put(renamed.from(), renamed.to());
        return names;
    }

    /**
     * Checks that no rename-command takes the name of another command. A command that kdb does not have may be renamed:
     * Redis may have it.
     *
     * @param commandNames all names there are, in lower case
     */
    public void checkRenames(Collection<String> commandNames) throws ConfigFileError {
        Set<String> taken = new HashSet<>(commandNames);
        for (ConfigReader.RenamedCommand renamed : renames) {
            taken.remove(renamed.from());
            if (!renamed.to().isEmpty() && !taken.add(renamed.to().toLowerCase(Locale.ROOT))) {
                throw ConfigFileError.at(renamed.lineNumber(), renamed.line(), "Target command name already exists");
            }
        }
    }

    /** The parameters without effect in kdb that are set to something else than their default. */
    public List<String> ineffective() {
        List<String> names = new ArrayList<>();
        for (Parameter<?> parameter : Parameters.all()) {
            if (!parameter.effective() && !parameter.isDefault(current)) names.add(parameter.name());
        }
        return names;
    }

    /** Has the applier called whenever one of these parameters changes. It runs on the thread of CONFIG SET. */
    public void whenChanged(Applier applier, Parameter<?>... parameters) {
        registrations.add(new Registration(Set.copyOf(Arrays.asList(parameters)), applier));
    }

    /** The server's own change of a setting (REPLICAOF changes {@code replicaof}): unchecked, not applied. */
    public synchronized <T> void note(Parameter<T> parameter, T value) {
        current = current.with(parameter, value);
    }

    /**
     * CONFIG SET: all of the new values or, with a refusal, none.
     *
     * @param changes names and values by turns
     * @param loading whether a data set is being loaded
     * @param protectedAllowed whether this client may set protected parameters
     * @throws RefusedSetting with the whole error line
     */
    public synchronized void set(List<String> changes, boolean loading, boolean protectedAllowed)
            throws RefusedSetting {
        Map<Parameter<?>, Integer> wanted = new LinkedHashMap<>();
        for (int i = 0; i < changes.size(); i += 2) {
            if (Parameters.find(changes.get(i)) == null) throw unknown(changes.get(i));
        }
        String denied = null;
        for (int i = 0; i < changes.size(); i += 2) {
            Parameter<?> parameter = Parameters.find(changes.get(i));
            if (!settable(parameter)) throw failed(changes.get(i), "can't set immutable config");
            if (parameter.has(Flag.PROTECTED) && !protectedAllowed) {
                throw failed(changes.get(i), "can't set protected config");
            }
            if (loading && parameter.has(Flag.DENY_LOADING)) denied = parameter.name();
            if (wanted.put(parameter, i) != null) throw failed(changes.get(i), "duplicate parameter");
        }
        if (denied != null) throw new RefusedSetting("LOADING Redis is loading the dataset in memory");
        Settings next = current;
        for (Map.Entry<Parameter<?>, Integer> change : wanted.entrySet()) {
            String name = changes.get(change.getValue()).toLowerCase(Locale.ROOT);
            next = parsed(next, change.getKey(), name, changes.get(change.getValue() + 1));
        }
        swap(next, wanted.keySet());
    }

    private boolean settable(Parameter<?> parameter) {
        if (!parameter.mutable()) return false;
        boolean needsApplier = parameter == Parameters.PORT || parameter == Parameters.BIND;
        return !needsApplier
                || registrations.stream().anyMatch(r -> r.parameters().contains(parameter));
    }

    private static Settings parsed(Settings before, Parameter<?> parameter, String name, String value)
            throws RefusedSetting {
        List<String> words = List.of(value);
        if (parameter.has(Flag.MULTI_ARG)) {
            words = value.isEmpty() ? List.of() : Arrays.asList(value.split(" ", -1));
        }
        Settings base = parameter == Parameters.SAVE ? before.with(parameter, SavePoints.NONE) : before;
        try {
            return before.with(parameter, parameter.parse(words, base));
        } catch (RefusedSetting e) {
            throw failed(name, e.getMessage());
        }
    }

    private void swap(Settings next, Set<Parameter<?>> changed) throws RefusedSetting {
        Settings before = current;
        current = next;
        List<Registration> applied = new ArrayList<>();
        for (Registration registration : registrations) {
            Optional<Parameter<?>> touched = changed.stream()
                    .filter(registration.parameters()::contains)
                    .filter(p -> !before.same(next, p))
                    .findFirst();
            if (touched.isEmpty()) continue;
            try {
                registration.applier().apply(before, next);
                applied.add(0, registration);
            } catch (RefusedSetting e) {
                String name = touched.get().name();
                log.warn(
                        "Failed applying new configuration. Possibly related to new {} setting."
                                + " Restoring previous settings.",
                        name);
                current = before;
                takeBack(applied, before, next);
                throw failed(name, e.getMessage());
            }
        }
    }

    private static void takeBack(List<Registration> applied, Settings before, Settings next) {
        for (Registration registration : applied) {
            try {
                registration.applier().apply(next, before);
            } catch (RefusedSetting e) {
                log.warn("Failed restoring failed CONFIG SET command. Error setting: {}", e.getMessage());
            }
        }
    }

    private static RefusedSetting unknown(String name) {
        return new RefusedSetting("ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
    }

    private static RefusedSetting failed(String name, String reason) {
        return new RefusedSetting("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
    }

    /**
     * CONFIG REWRITE: replaces the file by one with the current settings that keeps its comments and order.
     *
     * @throws RefusedSetting with the whole error line when there is no file
     * @throws IOException when it cannot be written; the old file is then as it was
     */
    public synchronized void rewrite() throws RefusedSetting, IOException {
        if (file == null) throw new RefusedSetting("ERR The server is running without a config file");
        new ConfigRewriter(current).rewrite(file);
    }
}
