package io.kdb.compat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A client as small as can be, so that nothing of kdb's own code stands between a test and the bytes. Strings hold one
 * byte per char. Owner: one test thread.
 */
public final class RespClient implements AutoCloseable {
    private static final int TIMEOUT_MS = 60_000;

    private final Socket socket;
    private final InputStream in;

    public RespClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Sends a command and returns its reply. */
    public Reply call(String... words) throws IOException {
        send(List.of(words));
        return read();
    }

    public void send(List<String> words) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
            out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.writeBytes(bytes);
            out.writeBytes(new byte[] {'\r', '\n'});
        }
        sendRaw(out.toByteArray());
    }

    public void sendRaw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** How long {@link #read} waits. */
    public void timeoutMs(int timeoutMs) throws IOException {
        socket.setSoTimeout(timeoutMs);
    }

    /** The next reply or push; EOFException when the server closed the connection. */
    public Reply read() throws IOException {
        int type = in.read();
        if (type < 0) throw new EOFException("closed by the server");
        String head = line();
        return switch (type) {
            case '+', '-', ':', ',', '#', '(' -> new Reply((char) type, head, List.of());
            case '_' -> new Reply('_', null, List.of());
            case '$', '=', '!' ->
                head.equals("-1")
                        ? new Reply('_', null, List.of())
                        : new Reply((char) type, bytes(Integer.parseInt(head)), List.of());
            case '*', '~', '>' ->
                head.equals("-1")
                        ? new Reply('_', null, List.of())
                        : new Reply((char) type, null, replies(Integer.parseInt(head)));
            case '%', '|' -> new Reply((char) type, null, replies(2 * Integer.parseInt(head)));
            default -> throw new IOException("unknown reply type " + (char) type + head);
        };
    }

    private List<Reply> replies(int count) throws IOException {
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) replies.add(read());
        return replies;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) throw new EOFException("closed by the server");
            line.append((char) b);
        }
        in.read();
        return line.toString();
    }

    private String bytes(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || in.readNBytes(2).length < 2) throw new EOFException("closed by the server");
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
