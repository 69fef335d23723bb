package io.kdb.tools.cli;

import io.kdb.tools.client.Reply;
import io.kdb.tools.client.Reply.Failure;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** Runs commands and prints what they answer. Owner: the main thread. */
final class CliPrinter {
    /** What became of a command. */
    enum Outcome {
        DONE,
        FAILED,
        LOST,
        QUIT
    }

    private final CliSession session;
    private final ReplyFormat format;
    private final boolean showPushes;
    private final PrintStream out;

    /** {@code showPushes}: whether pushes that come between replies are printed too. */
    CliPrinter(CliSession session, ReplyFormat format, boolean showPushes, PrintStream out) {
        this.session = session;
        this.format = format;
        this.showPushes = showPushes;
        this.out = out;
    }

    Outcome runLine(String line) {
        List<byte[]> command = CliSession.split(line);
        if (command == null) {
            out.println("Invalid argument(s)");
            return Outcome.FAILED;
        }
        if (command.isEmpty()) {
            return Outcome.DONE;
        }
        String name = CliSession.word(command, 0);
        return name.equals("quit") || name.equals("exit") ? Outcome.QUIT : run(command);
    }

    Outcome run(List<byte[]> command) {
        String name = CliSession.word(command, 0);
        if (name.equals("sync") || name.equals("psync")) {
            out.println("(error) " + name.toUpperCase(java.util.Locale.ROOT)
                    + " starts a replication stream, which kdb cli cannot show");
            return Outcome.FAILED;
        }
        try {
            Reply reply = session.call(command, showPushes ? this::print : push -> {});
            print(isText(command) ? ReplyFormat.RAW : format, reply);
            if (CliSession.isStream(command) && !(reply instanceof Failure)) {
                if (format == ReplyFormat.READABLE) {
                    out.println("Reading messages... (press Ctrl-C to quit)");
                }
                while (!out.checkError()) {
                    print(session.read());
                }
            }
            return reply instanceof Failure ? Outcome.FAILED : Outcome.DONE;
        } catch (CliSession.NotConnectedException e) {
            return Outcome.LOST;
        } catch (IOException e) {
            if (name.equals("shutdown")) {
                return Outcome.DONE;
            }
            System.err.println("Error: " + e.getMessage());
            return Outcome.LOST;
        }
    }

    private void print(Reply reply) {
        print(format, reply);
    }

    private void print(ReplyFormat how, Reply reply) {
        byte[] bytes = how.format(reply);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    /** Replies that are a text with lines of its own, which quoting would spoil. */
    private static boolean isText(List<byte[]> command) {
        String sub = CliSession.word(command, 1);
        return switch (CliSession.word(command, 0)) {
            case "info", "lolwut" -> true;
            case "debug" -> sub.equals("htstats") || sub.equals("htstats-key");
            case "memory" -> sub.equals("malloc-stats") || sub.equals("doctor");
            case "cluster" -> command.size() == 2 && (sub.equals("nodes") || sub.equals("info"));
            case "client" -> sub.equals("list") || sub.equals("info");
            case "latency" -> sub.equals("graph") || sub.equals("doctor");
            default -> false;
        };
    }
}
