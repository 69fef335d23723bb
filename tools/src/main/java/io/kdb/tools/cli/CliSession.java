package io.kdb.tools.cli;

import io.kdb.resp.ArgumentSplitter;
import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.Reply.Aggregate;
import io.kdb.tools.client.Reply.Failure;
import io.kdb.tools.client.Reply.Kind;
import io.kdb.tools.client.RespConnection;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The connection behind {@code kdb cli}: logs in, follows redirects in cluster mode, and remembers what the prompt
 * shows (database, transaction). Owner: the main thread.
 */
final class CliSession implements Closeable {
    /** Who to be and where to start after connecting; user and password may be null. */
    record Login(String user, String password, int database, boolean resp3) {}

    private static final int REDIRECT_LIMIT = 16;

    private final boolean cluster;
    private final boolean announceRedirects;
    private final int connectTimeoutMs;
    private final PrintStream out;
    private Address address;
    private RespConnection connection;
    private String user;
    private String password;
    private boolean resp3;
    private int database;
    private boolean inTransaction;

    CliSession(
            Address address,
            Login login,
            boolean cluster,
            boolean announceRedirects,
            int connectTimeoutMs,
            PrintStream out) {
        this.address = address;
        this.cluster = cluster;
        this.announceRedirects = announceRedirects;
        this.connectTimeoutMs = connectTimeoutMs;
        this.out = out;
        this.user = login.user();
        this.password = login.password();
        this.resp3 = login.resp3();
        this.database = login.database();
    }

    /** Connects and logs in; false, after a line on the error output, when nobody answers. */
    boolean connect() {
        disconnect();
        try {
            connection = RespConnection.open(address, connectTimeoutMs);
            connection.timeoutMs(0);
            logIn();
            return true;
        } catch (IOException e) {
            disconnect();
            System.err.println("Could not connect to " + address + ": " + e.getMessage());
            return false;
        }
    }

    boolean connected() {
        return connection != null;
    }

    /** Goes to another server from now on, as {@code connect host port} at the prompt asks. */
    boolean connect(Address other) {
        address = other;
        return connect();
    }

    /** {@code 127.0.0.1:6379[2](TX)> }. */
    String prompt() {
        if (connection == null) {
            return "not connected> ";
        }
        return address + (database == 0 ? "" : "[" + database + "]") + (inTransaction ? "(TX)" : "") + "> ";
    }

    /** Sends a command and waits for its reply, elsewhere too if redirected; pushes that come first go to {@code pushes}. */
    Reply call(List<byte[]> command, Consumer<Reply> pushes) throws IOException {
        if (connection == null && !connect()) {
            throw new NotConnectedException();
        }
        try {
            Reply reply = exchange(command, pushes);
            for (int redirects = 0; cluster && isRedirect(reply) && redirects < REDIRECT_LIMIT; redirects++) {
                reply = follow((Failure) reply, command, pushes);
            }
            remember(command, reply);
            return reply;
        } catch (IOException e) {
            disconnect();
            throw e;
        }
    }

    /** Waits for whatever the server says next. */
    Reply read() throws IOException {
        try {
            return connection.read();
        } catch (IOException e) {
            disconnect();
            throw e;
        }
    }

    @Override
    public void close() {
        disconnect();
    }

    private Reply exchange(List<byte[]> command, Consumer<Reply> pushes) throws IOException {
        connection.write(command);
        connection.flush();
        Reply reply = connection.read();
        while (isPush(reply) && !isSubscription(command)) {
            pushes.accept(reply);
            reply = connection.read();
        }
        return reply;
    }

    private Reply follow(Failure redirect, List<byte[]> command, Consumer<Reply> pushes) throws IOException {
        String[] words = redirect.text().split(" ", -1);
        Address target = Address.parse(words[2]);
        // An empty host means: the one that was asked.
        address = target.host().isEmpty() ? new Address(address.host(), target.port()) : target;
        if (announceRedirects) {
            out.println("-> Redirected to slot [" + words[1] + "] located at " + address);
        }
        if (!connect()) {
            throw new NotConnectedException();
        }
        if (words[0].equals("ASK")) {
            connection.call("ASKING");
        }
        return exchange(command, pushes);
    }

    private void logIn() throws IOException {
        inTransaction = false;
        Reply reply = null;
        if (resp3) {
            List<String> hello = new ArrayList<>(List.of("HELLO", "3"));
            if (password != null) {
                hello.addAll(List.of("AUTH", user == null ? "default" : user, password));
            }
            reply = connection.call(hello.toArray(String[]::new));
        } else if (password != null) {
            reply = user == null ? connection.call("AUTH", password) : connection.call("AUTH", user, password);
        }
        if (reply instanceof Failure failure) {
            System.err.println((resp3 ? "HELLO 3 failed: " : "AUTH failed: ") + failure.text());
        }
        if (database != 0 && connection.call("SELECT", Integer.toString(database)) instanceof Failure failure) {
            System.err.println("SELECT " + database + " failed: " + failure.text());
        }
    }

    /** Keeps what a later reconnect and the prompt need. */
    private void remember(List<byte[]> command, Reply reply) {
        if (reply instanceof Failure) {
            return;
        }
        switch (word(command, 0)) {
            case "select" -> database = command.size() == 2 ? Integer.parseInt(word(command, 1)) : database;
            case "multi" -> inTransaction = true;
            case "exec", "discard" -> inTransaction = false;
            case "auth" -> {
                user = command.size() == 3 ? text(command.get(1)) : null;
                password = text(command.get(command.size() - 1));
            }
            case "hello" -> resp3 = command.size() > 1 ? word(command, 1).equals("3") : resp3;
            case "reset" -> {
                inTransaction = false;
                database = 0;
                resp3 = false;
            }
            default -> {}
        }
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
        inTransaction = false;
    }

    private static boolean isRedirect(Reply reply) {
        return reply instanceof Failure failure
                && (failure.text().startsWith("MOVED ") || failure.text().startsWith("ASK "));
    }

    static boolean isPush(Reply reply) {
        return reply instanceof Aggregate aggregate && aggregate.kind() == Kind.PUSH;
    }

    /** True for commands after which the server only sends messages. */
    static boolean isSubscription(List<byte[]> command) {
        return switch (word(command, 0)) {
            case "subscribe", "psubscribe", "ssubscribe" -> true;
            default -> false;
        };
    }

    static boolean isStream(List<byte[]> command) {
        return isSubscription(command) || word(command, 0).equals("monitor");
    }

    /** Argument {@code i} in lower case; "" when there are fewer. */
    static String word(List<byte[]> command, int i) {
        return i < command.size() ? text(command.get(i)).toLowerCase(Locale.ROOT) : "";
    }

    /** The words of a command line; null when its quotes do not match. */
    static List<byte[]> split(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return ArgumentSplitter.split(bytes, 0, bytes.length);
    }

    static String text(byte[] argument) {
        return new String(argument, StandardCharsets.UTF_8);
    }

    /** Nobody answers at the address, and that was said already. */
    static final class NotConnectedException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
