package io.kdb.resp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Replies of one connection, in the protocol it has chosen. Owner: the connection's event loop.
 *
 * <p>In RESP2 the types of RESP3 become what Redis makes of them: a map is an array of twice its size, a set or push an
 * array, a double, big number or verbatim string a bulk, a boolean 0 or 1. Strings are written as ISO-8859-1, the inverse of
 * {@link Arguments#text}. An aggregate's header is followed by that many replies (a map's by twice as many).
 */
public final class ReplyWriter {
    private static final byte[] OK = ascii("+OK\r\n");
    private static final byte[] PONG = ascii("+PONG\r\n");
    private static final byte[] QUEUED = ascii("+QUEUED\r\n");
    private static final byte[] NULL_BULK = ascii("$-1\r\n");
    private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
    private static final byte[] NULL = ascii("_\r\n");
    private static final byte[] EMPTY_BULK = ascii("$0\r\n\r\n");
    private static final byte[] TRUE = ascii("#t\r\n");
    private static final byte[] FALSE = ascii("#f\r\n");
    private static final byte[] CRLF = ascii("\r\n");

    /** Type, a long and two line ends. */
    private static final int MAX_HEADER_BYTES = 1 + Numbers.MAX_LONG_CHARS + 4;
    /** A bulk that is written in one go with its header. */
    private static final int SHORT_BULK_BYTES = 1024;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int HEADER_LENGTH_SHIFT = 56;
    /** The header of each short bulk: up to seven bytes, the first of them lowest, and in the highest byte how many. */
    private static final long[] BULK_HEADERS = bulkHeaders();

    private final ReplyBuffer buffer;
    private final byte[] digits = new byte[48];
    private boolean resp3;

    public ReplyWriter(ReplyBuffer buffer) {
        this.buffer = buffer;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static long[] bulkHeaders() {
        long[] headers = new long[SHORT_BULK_BYTES + 1];
        byte[] header = new byte[MAX_HEADER_BYTES];
        for (int length = 0; length < headers.length; length++) {
            int end = lengthHeader(header, 0, '$', length);
            header[7] = (byte) end;
            headers[length] = (long) LONG.get(header, 0);
        }
        return headers;
    }

    public ReplyBuffer buffer() {
        return buffer;
    }

    public boolean resp3() {
        return resp3;
    }

    public void resp3(boolean value) {
        resp3 = value;
    }

    public void ok() {
        raw(OK);
    }

    public void pong() {
        raw(PONG);
    }

    public void queued() {
        raw(QUEUED);
    }

    /** A simple string; line ends in it become spaces. */
    public void simple(String text) {
        line('+', text);
    }

    /** An error; the line starts with its code and has no '-'. Line ends in it become spaces; at its end they are left out. */
    public void error(String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == '\r' || line.charAt(end - 1) == '\n')) {
            end--;
        }
        line('-', end == line.length() ? line : line.substring(0, end));
    }

    public void integer(long value) {
        header(':', value);
    }

    public void bulk(byte[] bytes) {
        bulk(bytes, 0, bytes.length);
    }

    public void bulk(byte[] bytes, int offset, int length) {
        if (length > SHORT_BULK_BYTES) {
            bulkHeader(length);
            buffer.append(bytes, offset, length);
            bulkEnd();
            return;
        }
        byte[] to = buffer.reserve(MAX_HEADER_BYTES + length);
        int at = shortBulkHeader(to, buffer.position(), length);
        System.arraycopy(bytes, offset, to, at, length);
        buffer.position(lineEnd(to, at + length));
    }

    /**
     * Begins a bulk of {@code length} bytes, at most {@link #SHORT_BULK_BYTES}, which whoever calls writes into this array from
     * {@link #bulkAt} on, before {@link #endBulk}.
     */
    public byte[] beginBulk(int length) {
        byte[] to = buffer.reserve(MAX_HEADER_BYTES + length);
        buffer.position(shortBulkHeader(to, buffer.position(), length));
        return to;
    }

    /** Where the bulk that was begun begins. */
    public int bulkAt() {
        return buffer.position();
    }

    /** Ends the bulk, of the same array, whose bytes end at this index. */
    public void endBulk(byte[] to, int end) {
        buffer.position(lineEnd(to, end));
    }

    public void bulk(String text) {
        int length = text.length();
        if (length > SHORT_BULK_BYTES) {
            bulk(text.getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        byte[] to = buffer.reserve(MAX_HEADER_BYTES + length);
        int at = shortBulkHeader(to, buffer.position(), length);
        for (int i = 0; i < length; i++) {
            to[at++] = (byte) text.charAt(i);
        }
        buffer.position(lineEnd(to, at));
    }

    /** An integer as a bulk, as addReplyBulkLongLong. */
    public void bulk(long value) {
        byte[] to = buffer.reserve(MAX_HEADER_BYTES + Numbers.MAX_LONG_CHARS);
        int at = shortBulkHeader(to, buffer.position(), Numbers.length(value));
        buffer.position(lineEnd(to, Numbers.write(value, to, at)));
    }

    public void emptyBulk() {
        raw(EMPTY_BULK);
    }

    /** Begins a bulk of this length, whose bytes follow by {@link #append}, and then {@link #bulkEnd}. */
    public void bulkHeader(long length) {
        header('$', length);
    }

    public void append(byte[] bytes, int offset, int length) {
        buffer.append(bytes, offset, length);
    }

    public void bulkEnd() {
        raw(CRLF);
    }

    /** RESP3 has one null; RESP2 has this and {@link #nullArray}. */
    public void nullBulk() {
        raw(resp3 ? NULL : NULL_BULK);
    }

    public void nullArray() {
        raw(resp3 ? NULL : NULL_ARRAY);
    }

    public void array(long count) {
        header('*', count);
    }

    /** A map of this many pairs. */
    public void map(long pairs) {
        header(resp3 ? '%' : '*', resp3 ? pairs : 2 * pairs);
    }

    public void set(long count) {
        header(resp3 ? '~' : '*', count);
    }

    public void push(long count) {
        header(resp3 ? '>' : '*', count);
    }

    /** Attributes (pairs) of the reply that follows them; RESP2 has none. */
    public void attribute(long pairs) {
        if (!resp3) {
            throw new IllegalStateException("protocol: RESP2 (expected: RESP3 for an attribute)");
        }
        header('|', pairs);
    }

    /** As addReplyDouble of Redis 7.0: 17 significant digits. */
    public void doubleValue(double value) {
        number(Doubles.write(value, digits, 0));
    }

    /** As addReplyHumanLongDouble: at most 17 decimals, without trailing zeros. Below 10^17. */
    public void humanDouble(double value) {
        number(Doubles.writeHuman(value, digits, 0));
    }

    /** A double as a bulk also in RESP3: 17 significant digits. */
    public void doubleBulk(double value) {
        bulk(digits, 0, Doubles.write(value, digits, 0));
    }

    /** {@code %.nf} as a bulk also in RESP3. Below 10^17. */
    public void fixedBulk(double value, int decimals) {
        bulk(digits, 0, Doubles.writeFixed(value, decimals, digits, 0));
    }

    private void number(int length) {
        if (!resp3) {
            bulk(digits, 0, length);
            return;
        }
        byte[] to = buffer.reserve(length + 3);
        int at = buffer.position();
        to[at] = ',';
        System.arraycopy(digits, 0, to, at + 1, length);
        buffer.position(lineEnd(to, at + 1 + length));
    }

    public void bool(boolean value) {
        if (resp3) {
            raw(value ? TRUE : FALSE);
        } else {
            integer(value ? 1 : 0);
        }
    }

    /** The decimal digits of an integer of any size. */
    public void bigNumber(String digits) {
        if (resp3) {
            line('(', digits);
        } else {
            bulk(digits);
        }
    }

    /** Text of a format named by three characters, such as {@code txt} or {@code mkd}. */
    public void verbatim(String extension, byte[] text) {
        if (!resp3) {
            bulk(text);
            return;
        }
        if (extension.length() != 3) {
            throw new IllegalArgumentException("extension: " + extension + " (expected: three characters)");
        }
        header('=', 4L + text.length);
        raw(ascii(extension + ":"));
        raw(text);
        raw(CRLF);
    }

    /** Bytes as they are. */
    public void raw(byte[] bytes, int offset, int length) {
        buffer.append(bytes, offset, length);
    }

    private void raw(byte[] bytes) {
        buffer.append(bytes, 0, bytes.length);
    }

    private void header(char type, long value) {
        byte[] to = buffer.reserve(MAX_HEADER_BYTES);
        buffer.position(lengthHeader(to, buffer.position(), type, value));
    }

    private static int lengthHeader(byte[] to, int at, char type, long value) {
        to[at] = (byte) type;
        return lineEnd(to, Numbers.write(value, to, at + 1));
    }

    /** Writes eight bytes, of which those behind the header are to be written over. */
    private static int shortBulkHeader(byte[] to, int at, int length) {
        long header = BULK_HEADERS[length];
        LONG.set(to, at, header);
        return at + (int) (header >>> HEADER_LENGTH_SHIFT);
    }

    private static int lineEnd(byte[] to, int at) {
        to[at] = '\r';
        to[at + 1] = '\n';
        return at + 2;
    }

    private void line(char type, String text) {
        int length = text.length();
        if (length > SHORT_BULK_BYTES) {
            longLine(type, text);
            return;
        }
        byte[] to = buffer.reserve(length + 3);
        int at = buffer.position();
        to[at++] = (byte) type;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            to[at++] = (byte) (c == '\r' || c == '\n' ? ' ' : c);
        }
        buffer.position(lineEnd(to, at));
    }

    private void longLine(char type, String text) {
        raw((type + text.replace('\r', ' ').replace('\n', ' ')).getBytes(StandardCharsets.ISO_8859_1));
        raw(CRLF);
    }
}
