package io.kdb.resp;

import java.nio.charset.StandardCharsets;

/** Requests as bytes, for clients, replication and tests. Stateless. */
public final class RequestEncoder {
    private RequestEncoder() {}

    /** The multibulk form of a command. */
    public static byte[] encode(byte[]... arguments) {
        long size = headerLength(arguments.length);
        for (byte[] argument : arguments) {
            size += headerLength(argument.length) + argument.length + 2;
        }
        byte[] bytes = new byte[Math.toIntExact(size)];
        int at = header('*', arguments.length, bytes, 0);
        for (byte[] argument : arguments) {
            at = header('$', argument.length, bytes, at);
            System.arraycopy(argument, 0, bytes, at, argument.length);
            at += argument.length;
            bytes[at++] = '\r';
            bytes[at++] = '\n';
        }
        return bytes;
    }

    /** The same with text as UTF-8. */
    public static byte[] encode(String... arguments) {
        byte[][] bytes = new byte[arguments.length][];
        for (int i = 0; i < arguments.length; i++) {
            bytes[i] = arguments[i].getBytes(StandardCharsets.UTF_8);
        }
        return encode(bytes);
    }

    private static int headerLength(int n) {
        return 1 + Numbers.length(n) + 2;
    }

    private static int header(char type, int n, byte[] to, int at) {
        to[at] = (byte) type;
        int end = Numbers.write(n, to, at + 1);
        to[end] = '\r';
        to[end + 1] = '\n';
        return end + 2;
    }
}
