package io.kdb.tools.client;

import io.kdb.resp.ProtocolError;
import io.kdb.resp.RequestEncoder;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A blocking connection to one server. Owner: the thread that uses it. */
public final class RespConnection implements Closeable {
    private static final int READ_SIZE_BYTES = 64 * 1024;

    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;
    private final ReplyReader replies = new ReplyReader();
    private final byte[] readBuffer = new byte[READ_SIZE_BYTES];
    private final Address address;

    private RespConnection(Address address, Socket socket) throws IOException {
        this.address = address;
        this.socket = socket;
        this.out = new BufferedOutputStream(socket.getOutputStream(), READ_SIZE_BYTES);
        this.in = socket.getInputStream();
    }

    /**
     * Connects to the first of the host's addresses that answers within {@code timeoutMs}; the same limit then holds for
     * each wait for bytes (0: none).
     */
    public static RespConnection open(Address address, int timeoutMs) throws IOException {
        IOException refused = null;
        for (InetAddress candidate : InetAddress.getAllByName(address.host())) {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(candidate, address.port()), timeoutMs);
                socket.setSoTimeout(timeoutMs);
                return new RespConnection(address, socket);
            } catch (IOException e) {
                socket.close();
                refused = e;
            }
        }
        throw refused != null ? refused : new IOException("host without an address: " + address.host());
    }

    public Address address() {
        return address;
    }

    /** Waits at most this long for bytes from now on; 0 waits for ever. */
    public void timeoutMs(int timeoutMs) throws IOException {
        socket.setSoTimeout(timeoutMs);
    }

    /** Sends one command and waits for its reply. */
    public Reply call(String... arguments) throws IOException {
        byte[][] encoded = new byte[arguments.length][];
        for (int i = 0; i < arguments.length; i++) {
            encoded[i] = arguments[i].getBytes(StandardCharsets.UTF_8);
        }
        return call(List.of(encoded));
    }

    /** Sends one command and waits for its reply. */
    public Reply call(List<byte[]> arguments) throws IOException {
        write(arguments);
        flush();
        return read();
    }

    /** Queues one command; {@link #flush} sends it. */
    public void write(List<byte[]> arguments) throws IOException {
        out.write(RequestEncoder.encode(arguments.toArray(byte[][]::new)));
    }

    public void flush() throws IOException {
        out.flush();
    }

    /** The next reply; {@link SocketTimeoutException} after the timeout, {@link EOFException} when the server closed. */
    public Reply read() throws IOException {
        try {
            Reply reply = replies.next();
            while (reply == null) {
                int count = in.read(readBuffer);
                if (count < 0) {
                    throw new EOFException("Server closed the connection");
                }
                replies.add(readBuffer, count);
                reply = replies.next();
            }
            return reply;
        } catch (ProtocolError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        replies.close();
        try {
            socket.close();
        } catch (IOException ignored) {
            // Nothing is left to lose: whoever closes has read what it wanted.
        }
    }
}
