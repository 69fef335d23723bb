package io.kdb.tools.fuzz;

import io.kdb.tools.client.Address;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/**
 * A connection that sends many commands at once and hands out the bytes of one reply after the other. Owner: the fuzzer's
 * thread.
 */
final class Wire implements Closeable {
    /** Longer than a command takes that is not stuck. */
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;
    private int limit;

    Wire(Address address) throws IOException {
        socket = new Socket(address.host(), address.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        in = socket.getInputStream();
    }

    void send(ByteArrayOutputStream requests) throws IOException {
        requests.writeTo(socket.getOutputStream());
    }

    /** Makes the next reply or push the current one. */
    void next() throws IOException {
        start = end;
        if (start == limit) {
            start = 0;
            end = 0;
            limit = 0;
        }
        skip();
    }

    byte[] array() {
        return buffer;
    }

    /** Where the current reply begins in {@link #array}. */
    int start() {
        return start;
    }

    int length() {
        return end - start;
    }

    Frame frame() {
        return Frame.parse(buffer, start);
    }

    boolean isSameAs(Wire other) {
        return Arrays.equals(buffer, start, end, other.buffer, other.start, other.end);
    }

    boolean isSameAs(byte[] frame) {
        return Arrays.equals(buffer, start, end, frame, 0, frame.length);
    }

    /** Whether the current reply is a string with these bytes, or ends with one. */
    boolean endsWith(byte[] word) {
        int from = end - 2 - word.length;
        return from >= start && Arrays.equals(buffer, from, end - 2, word, 0, word.length);
    }

    /** Moves {@link #end} behind one more frame. */
    private void skip() throws IOException {
        require(1);
        byte type = buffer[end];
        long number = lineEnd(type);
        switch (type) {
            case '$', '=', '!' -> {
                if (number >= 0) {
                    require((int) number + 2);
                    end += (int) number + 2;
                }
            }
            case '*', '~', '>', '%' -> {
                for (long i = number * (type == '%' ? 2 : 1); i > 0; i--) {
                    skip();
                }
            }
            case '+', '-', ':', ',', '#', '(', '_' -> {}
            default -> throw new IOException("reply: type " + (char) type + " (expected: RESP)");
        }
    }

    /** Moves behind the line; its number, where the type has one. */
    private long lineEnd(byte type) throws IOException {
        boolean counted = "$=!*~>%".indexOf(type) >= 0;
        long number = 0;
        boolean negative = false;
        end++;
        while (true) {
            require(1);
            byte c = buffer[end++];
            if (c == '\n') {
                return negative ? -number : number;
            }
            if (c == '-') {
                negative = true;
            } else if (counted && c >= '0' && c <= '9') {
                number = number * 10 + c - '0';
            }
        }
    }

    private void require(int count) throws IOException {
        while (limit - end < count) {
            if (limit == buffer.length) {
                makeRoom();
            }
            int read = in.read(buffer, limit, buffer.length - limit);
            if (read < 0) {
                throw new EOFException("connection closed");
            }
            limit += read;
        }
    }

    private void makeRoom() {
        byte[] target = start > buffer.length / 2 ? buffer : new byte[buffer.length * 2];
        System.arraycopy(buffer, start, target, 0, limit - start);
        buffer = target;
        end -= start;
        limit -= start;
        start = 0;
    }

    /** Waits until the server has done what was sent, or else it might still do so when the next round has begun. */
    @Override
    public void close() throws IOException {
        try (socket) {
            socket.shutdownOutput();
            while (in.read(buffer) >= 0) {
                // replies that nobody wants
            }
        } catch (SocketException | SocketTimeoutException e) {
            // It has closed by itself, or is stuck: the round has said so.
        }
    }
}
