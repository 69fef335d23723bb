package io.kdb.tools.cli;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.Reply.Aggregate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The prompt: a line editor with history and the server's command names as completion. Owner: the main thread. */
final class Prompt {
    /** From here on the time that a command took is worth a line. */
    private static final long SLOW_MS = 500;

    private final CliSession session;
    private final CliPrinter printer;
    private List<Candidate> names;

    Prompt(CliSession session, CliPrinter printer) {
        this.session = session;
        this.printer = printer;
    }

    void run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            DefaultParser parser = new DefaultParser();
            // Our own splitter reads the line; the editor must not eat or ask for quotes.
            parser.setEscapeChars(null);
            parser.setEofOnUnclosedQuote(false);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .parser(parser)
                    .history(new DiscreetHistory())
                    .variable(LineReader.HISTORY_FILE, historyFile())
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .option(LineReader.Option.CASE_INSENSITIVE, true)
                    .completer((source, line, candidates) -> {
                        if (line.wordIndex() == 0) {
                            candidates.addAll(commandNames());
                        }
                    })
                    .build();
            boolean more = true;
            while (more) {
                more = step(reader);
            }
        }
    }

    private boolean step(LineReader reader) throws IOException {
        String line;
        try {
            line = reader.readLine(session.prompt());
        } catch (UserInterruptException | EndOfFileException e) {
            return false;
        }
        long startedNs = System.nanoTime();
        List<byte[]> words = CliSession.split(line);
        String first = words == null ? "" : CliSession.word(words, 0);
        if (first.equals("clear")) {
            reader.getTerminal().puts(org.jline.utils.InfoCmp.Capability.clear_screen);
        } else if (first.equals("connect") && words.size() == 3) {
            connect(words);
        } else if (first.equals("help") || first.equals("?")) {
            System.out.println(
                    "Type a command and its arguments. TAB completes a command's name, arrows recall lines.");
            System.out.println("connect HOST PORT, clear, quit; COMMAND DOCS name tells about a command.");
        } else if (printer.runLine(line) == CliPrinter.Outcome.QUIT) {
            return false;
        }
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
        if (tookMs >= SLOW_MS) {
            System.out.printf(Locale.ROOT, "(%.2fs)%n", tookMs / 1000.0);
        }
        return true;
    }

    private void connect(List<byte[]> words) {
        try {
            session.connect(Address.parse(CliSession.text(words.get(1)) + ':' + CliSession.text(words.get(2))));
        } catch (IllegalArgumentException e) {
            System.out.println("(error) " + e.getMessage());
        }
    }

    /** Asked of the server once, at the first TAB. */
    private List<Candidate> commandNames() {
        if (names == null && session.connected()) {
            try {
                List<byte[]> command = List.of(
                        "COMMAND".getBytes(StandardCharsets.US_ASCII), "LIST".getBytes(StandardCharsets.US_ASCII));
                if (session.call(command, push -> {}) instanceof Aggregate list) {
                    List<Candidate> found = new ArrayList<>();
                    for (Reply name : list.elements()) {
                        found.add(new Candidate(name.text()));
                    }
                    names = found;
                }
            } catch (IOException e) {
                return List.of();
            }
        }
        return names == null ? List.of() : names;
    }

    private static Path historyFile() {
        String named = System.getenv("KDB_CLI_HISTFILE");
        return named != null ? Path.of(named) : Path.of(System.getProperty("user.home"), ".kdb_cli_history");
    }

    /** A history that never writes down a line with a password in it. */
    private static final class DiscreetHistory extends DefaultHistory {
        @Override
        public void add(java.time.Instant time, String line) {
            String lower = line.strip().toLowerCase(Locale.ROOT);
            boolean secret = lower.startsWith("auth ")
                    || lower.startsWith("acl setuser")
                    || (lower.contains("auth") && (lower.startsWith("hello ") || lower.startsWith("migrate ")))
                    || (lower.startsWith("config set")
                            && (lower.contains("requirepass") || lower.contains("masterauth")));
            if (!secret) {
                super.add(time, line);
            }
        }
    }
}
