package io.kdb.compat.transcript;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The connections of one running transcript. Owner: the thread that runs it. */
final class TranscriptClient implements AutoCloseable {
    /** How long a reply may take before the transcript fails. */
    private static final int PATIENCE_MS = 60_000;

    private record Connection(Socket socket, InputStream in) {}

    private final int port;
    private final Map<String, Connection> connections = new HashMap<>();

    TranscriptClient(int port) {
        this.port = port;
    }

    private Connection connection(String name) throws IOException {
        Connection connection = connections.get(name);
        if (connection == null) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MS);
            connection = new Connection(socket, new BufferedInputStream(socket.getInputStream(), 1 << 16));
            connections.put(name, connection);
        }
        return connection;
    }

    /**
     * Sends a command whose reply is read later. The server has accepted its connection before: otherwise it could
     * read a later command of another connection first.
     */
    void sendOnly(String name, List<String> words) throws IOException {
        if (!connections.containsKey(name)) {
            send(name, List.of("PING"));
            read(name);
        }
        send(name, words);
    }

    void send(String name, List<String> words) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(bytes("*" + words.size() + "\r\n"));
        for (String word : words) {
            request.writeBytes(bytes("$" + word.length() + "\r\n" + word + "\r\n"));
        }
        connection(name).socket.getOutputStream().write(request.toByteArray());
    }

    Reply read(String name) throws IOException {
        return Reply.read(connection(name).in);
    }

    /** Whether the server has closed the connection, without another byte. */
    boolean isClosed(String name) throws IOException {
        return connection(name).in.read() < 0;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections.values()) {
            connection.socket.close();
        }
    }

    /** Runs a transcript on an empty server; every line that fails is named in one error. */
    static void run(Transcript transcript, int port) throws IOException {
        StringBuilder failures = new StringBuilder();
        try (TranscriptClient client = new TranscriptClient(port)) {
            String sent = "";
            for (Transcript.Step step : transcript.steps()) {
                String where = transcript.name() + ":" + step.line();
                switch (step.kind()) {
                    case SEND -> {
                        client.send(step.connection(), step.words());
                        sent = step.source();
                    }
                    case SEND_ONLY -> {
                        client.sendOnly(step.connection(), step.words());
                        sent = step.source();
                    }
                    case EXPECT -> {
                        Reply reply;
                        try {
                            reply = client.read(step.connection());
                        } catch (IOException e) {
                            throw new AssertionError(failures + "\n" + where + ": " + sent + "\n  " + e, e);
                        }
                        if (!step.reply().matches(reply, System.currentTimeMillis())) {
                            failures.append("\n").append(where).append(": ").append(sent);
                            failures.append("\n  expected ").append(step.source());
                            failures.append("\n  got      < ").append(reply.notation());
                        }
                    }
                    case EXPECT_CLOSED -> {
                        if (!client.isClosed(step.connection())) {
                            failures.append("\n")
                                    .append(where)
                                    .append(": ")
                                    .append(sent)
                                    .append("\n  still open");
                        }
                    }
                    default -> {}
                }
            }
        }
        if (failures.length() > 0) {
            throw new AssertionError(failures.toString());
        }
    }
}
