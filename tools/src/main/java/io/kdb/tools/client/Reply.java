package io.kdb.tools.client;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** One reply of a server, RESP2 or RESP3. Immutable, except that nobody copies the arrays of {@link Bulk}. */
public sealed interface Reply {
    /** {@code +OK}. */
    record Status(String text) implements Reply {}

    /** {@code -ERR what}; the text is without the dash. */
    record Failure(String text) implements Reply {}

    /** {@code :1}. */
    record Int(long value) implements Reply {}

    /** {@code $5}. */
    final class Bulk implements Reply {
        private final byte[] bytes;

        public Bulk(byte[] bytes) {
            this.bytes = bytes;
        }

        public byte[] bytes() {
            return bytes;
        }
    }

    /** {@code $-1}, {@code *-1} or {@code _}. */
    record Null() implements Reply {}

    /** {@code ,1.5}, as the server wrote it. */
    record Decimal(String text) implements Reply {}

    /** {@code #t}. */
    record Bool(boolean value) implements Reply {}

    /** {@code (123}. */
    record BigNumber(String text) implements Reply {}

    /** {@code =15}: text with a three letter format. */
    record Verbatim(String format, String text) implements Reply {}

    /** What an aggregate is. */
    enum Kind {
        ARRAY,
        MAP,
        SET,
        PUSH
    }

    /** An array, set, push or map; a map's elements are key, value, key, value. */
    record Aggregate(Kind kind, List<Reply> elements) implements Reply {}

    static Reply bulk(String text) {
        return new Bulk(text.getBytes(StandardCharsets.UTF_8));
    }

    static Reply array(List<Reply> elements) {
        return new Aggregate(Kind.ARRAY, List.copyOf(elements));
    }

    /** The reply's text where it is a string, a number or an error; "" otherwise. */
    default String text() {
        if (this instanceof Status status) {
            return status.text();
        } else if (this instanceof Failure failure) {
            return failure.text();
        } else if (this instanceof Bulk bulk) {
            return new String(bulk.bytes(), StandardCharsets.UTF_8);
        } else if (this instanceof Verbatim verbatim) {
            return verbatim.text();
        } else if (this instanceof Int integer) {
            return Long.toString(integer.value());
        } else if (this instanceof Decimal decimal) {
            return decimal.text();
        } else if (this instanceof BigNumber number) {
            return number.text();
        }
        return "";
    }
}
