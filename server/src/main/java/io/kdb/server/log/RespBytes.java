package io.kdb.server.log;

import java.nio.charset.StandardCharsets;

/** The few RESP bytes the log writes by itself. Stateless. */
final class RespBytes {
    static final byte[] MULTI = "*1\r\n$5\r\nMULTI\r\n".getBytes(StandardCharsets.ISO_8859_1);
    static final byte[] EXEC = "*1\r\n$4\r\nEXEC\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] SELECT = "*2\r\n$6\r\nSELECT\r\n$".getBytes(StandardCharsets.ISO_8859_1);
    /** Longest form of a header line or a number: sign or type, 19 digits, CRLF. */
    static final int NUMBER_ROOM = 24;

    private RespBytes() {}

    /** Writes {@code SELECT db} and returns the end. */
    static int select(byte[] to, int at, int db) {
        System.arraycopy(SELECT, 0, to, at, SELECT.length);
        int end = number(to, at + SELECT.length, digits(db));
        end = crlf(to, end);
        end = number(to, end, db);
        return crlf(to, end);
    }

    /** Writes a line of a type and a number and returns the end. */
    static int header(byte[] to, int at, char type, long number) {
        to[at] = (byte) type;
        return crlf(to, number(to, at + 1, number));
    }

    static int crlf(byte[] to, int at) {
        to[at] = '\r';
        to[at + 1] = '\n';
        return at + 2;
    }

    /** Characters of the number in decimal, sign included. */
    static int digits(long number) {
        int count = number < 0 ? 2 : 1;
        for (long rest = number / 10; rest != 0; rest /= 10) {
            count++;
        }
        return count;
    }

    /** Writes the number in decimal and returns the end. */
    static int number(byte[] to, int at, long number) {
        int end = at + digits(number);
        long rest = number;
        int place = end;
        do {
            to[--place] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        if (number < 0) {
            to[at] = '-';
        }
        return end;
    }
}
