package io.kdb.compat;

import io.kdb.server.text.QuotedArguments;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation with a server and what it must answer; the same file runs on kdb and on Redis.
 *
 * <pre>
 * # a comment
 * > SET k "a\x00b" PX 100      a command, quoted as in redis-cli
 * < +OK                        its reply, in the form of {@link Reply}
 * < /^-ERR .*x/                or a regular expression found in it
 * <~ ["a", "b"]                or the same in any order
 * @2> SUBSCRIBE c              on another connection, opened at first use
 * @2< ["subscribe", "c", 1]    also for replies that come late or unasked
 * < nothing                    nothing comes within a tenth of a second
 * < closed                     the server closes the connection
 * </pre>
 *
 * Every file starts with empty databases. With {@code -Dkdb.record=true} the run on Redis writes the replies that
 * stand in no file yet, so that one writes commands and looks at what Redis says. Owner: one test thread.
 */
final class Transcript {
    private static final int NOTHING_MS = 100;

    private final Path file;
    private final List<String> lines;
    private final Map<String, RespClient> clients = new HashMap<>();

    Transcript(Path file) throws IOException {
        this.file = file;
        this.lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    }

    /** Runs it and returns what went wrong, a line each. */
    List<String> run(RunningServer server) throws IOException {
        prepare(server);
        List<String> failures = new ArrayList<>();
        try {
            for (int i = 0; i < lines.size(); i++) {
                String failure = line(server, lines.get(i));
                if (failure != null) failures.add(file.getFileName() + ":" + (i + 1) + ": " + failure);
            }
        } finally {
            for (RespClient client : clients.values()) client.close();
        }
        return failures;
    }

    private static void prepare(RunningServer server) throws IOException {
        try (RespClient client = server.connect()) {
            Reply reply = client.call("FLUSHALL");
            if (reply.isError()) throw new IOException("FLUSHALL: " + reply);
        }
    }

    private String line(RunningServer server, String line) throws IOException {
        if (line.isBlank() || line.startsWith("#")) return null;
        int mark = line.startsWith("@") ? Math.max(line.indexOf('<'), 0) : 0;
        int sent = line.startsWith("@") ? line.indexOf('>') : line.startsWith(">") ? 0 : -1;
        if (sent >= 0 && (mark == 0 || sent < mark)) {
            List<String> words = QuotedArguments.split(line.substring(sent + 1));
            if (words == null) return "unbalanced quotes";
            client(server, line.substring(0, sent)).send(words);
            return null;
        }
        if (line.charAt(mark) != '<') return "not a line of a transcript: " + line;
        return expect(client(server, line.substring(0, mark)), line.substring(mark + 1));
    }

    private RespClient client(RunningServer server, String name) throws IOException {
        RespClient client = clients.get(name);
        if (client == null) clients.put(name, client = server.connect());
        return client;
    }

    /** What is wrong with the next reply, or null. */
    private static String expect(RespClient client, String wanted) throws IOException {
        boolean anyOrder = wanted.startsWith("~ ");
        String expected = wanted.substring(anyOrder ? 1 : 0).strip();
        if (expected.equals("nothing")) return expectNothing(client);
        Reply reply;
        try {
            reply = client.read();
        } catch (EOFException e) {
            return expected.equals("closed") ? null : "closed by the server, expected " + expected;
        } catch (SocketTimeoutException e) {
            return "no reply, expected " + expected;
        }
        String got = (anyOrder ? reply.sorted() : reply).toString();
        boolean pattern = expected.length() > 1 && expected.startsWith("/") && expected.endsWith("/");
        boolean fits = pattern
                ? java.util.regex.Pattern.compile(expected.substring(1, expected.length() - 1))
                        .matcher(got)
                        .find()
                : got.equals(expected);
        return fits ? null : "got " + got + ", expected " + expected;
    }

    private static String expectNothing(RespClient client) throws IOException {
        client.timeoutMs(NOTHING_MS);
        try {
            return "got " + client.read() + ", expected nothing";
        } catch (SocketTimeoutException e) {
            return null;
        } finally {
            client.timeoutMs(30_000);
        }
    }

    /** Writes the replies of this server behind the commands of connection 1 that have none. */
    void record(RunningServer server) throws IOException {
        prepare(server);
        List<String> recorded = new ArrayList<>();
        try {
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                recorded.add(line);
                line(server, line);
                boolean answered = i + 1 < lines.size() && lines.get(i + 1).matches("(@\\w+)?<.*");
                if (line.startsWith(">") && !answered) {
                    recorded.add("< " + client(server, "").read());
                }
            }
        } finally {
            for (RespClient client : clients.values()) client.close();
        }
        Files.write(file, recorded, StandardCharsets.ISO_8859_1);
    }
}
