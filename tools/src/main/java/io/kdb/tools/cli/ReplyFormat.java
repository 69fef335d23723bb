package io.kdb.tools.cli;

import io.kdb.tools.client.Reply;
import io.kdb.tools.client.Reply.Aggregate;
import io.kdb.tools.client.Reply.BigNumber;
import io.kdb.tools.client.Reply.Bool;
import io.kdb.tools.client.Reply.Bulk;
import io.kdb.tools.client.Reply.Decimal;
import io.kdb.tools.client.Reply.Failure;
import io.kdb.tools.client.Reply.Int;
import io.kdb.tools.client.Reply.Kind;
import io.kdb.tools.client.Reply.Null;
import io.kdb.tools.client.Reply.Status;
import io.kdb.tools.client.Reply.Verbatim;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How a reply looks: {@link #READABLE} numbers and quotes what it shows, for people; {@link #RAW} gives the bytes, for
 * pipes. Both end with the line feed. The layout is redis-cli's, since scripts and eyes are used to it.
 */
public enum ReplyFormat {
    READABLE {
        @Override
        public byte[] format(Reply reply) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            readable(reply, "", out);
            return out.toByteArray();
        }
    },
    RAW {
        @Override
        public byte[] format(Reply reply) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            raw(reply, out);
            out.write('\n');
            return out.toByteArray();
        }
    };

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    public abstract byte[] format(Reply reply);

    private static void readable(Reply reply, String indent, ByteArrayOutputStream out) {
        if (reply instanceof Aggregate aggregate) {
            readableAggregate(aggregate, indent, out);
            return;
        }
        if (reply instanceof Bulk bulk) {
            quote(bulk.bytes(), out);
        } else if (reply instanceof Status || reply instanceof Verbatim || reply instanceof BigNumber) {
            append(out, reply.text());
        } else if (reply instanceof Failure failure) {
            append(out, "(error) " + failure.text());
        } else if (reply instanceof Int integer) {
            append(out, "(integer) " + integer.value());
        } else if (reply instanceof Decimal decimal) {
            append(out, "(double) " + decimal.text());
        } else if (reply instanceof Bool bool) {
            append(out, bool.value() ? "(true)" : "(false)");
        } else if (reply instanceof Null) {
            append(out, "(nil)");
        }
        out.write('\n');
    }

    private static void readableAggregate(Aggregate aggregate, String indent, ByteArrayOutputStream out) {
        List<Reply> elements = aggregate.elements();
        boolean map = aggregate.kind() == Kind.MAP;
        if (elements.isEmpty()) {
            append(
                    out,
                    switch (aggregate.kind()) {
                        case ARRAY -> "(empty array)\n";
                        case MAP -> "(empty hash)\n";
                        case SET -> "(empty set)\n";
                        case PUSH -> "(empty push)\n";
                    });
            return;
        }
        int step = map ? 2 : 1;
        int width = Integer.toString(elements.size() / step).length();
        char mark = map ? '#' : aggregate.kind() == Kind.SET ? '~' : ')';
        String childIndent = indent + " ".repeat(width + 2);
        for (int i = 0; i < elements.size(); i += step) {
            String number = Integer.toString(i / step + 1);
            // The first element stands on the line of what it is in, behind that one's number.
            append(out, (i == 0 ? "" : indent) + " ".repeat(width - number.length()) + number + mark + ' ');
            if (map) {
                ByteArrayOutputStream key = new ByteArrayOutputStream();
                readable(elements.get(i), childIndent, key);
                out.write(key.toByteArray(), 0, key.size() - 1);
                append(out, " => ");
            }
            readable(elements.get(i + step - 1), childIndent, out);
        }
    }

    private static void raw(Reply reply, ByteArrayOutputStream out) {
        if (reply instanceof Aggregate aggregate) {
            boolean map = aggregate.kind() == Kind.MAP;
            for (int i = 0; i < aggregate.elements().size(); i++) {
                if (i > 0) {
                    out.write(map && i % 2 == 1 ? ' ' : '\n');
                }
                raw(aggregate.elements().get(i), out);
            }
        } else if (reply instanceof Bulk bulk) {
            out.writeBytes(bulk.bytes());
        } else if (reply instanceof Failure failure) {
            append(out, failure.text() + '\n');
        } else if (reply instanceof Bool bool) {
            append(out, bool.value() ? "(true)" : "(false)");
        } else {
            append(out, reply.text());
        }
    }

    /** Appends the bytes in double quotes; what is not printable ASCII becomes an escape. */
    private static void quote(byte[] bytes, ByteArrayOutputStream out) {
        out.write('"');
        for (byte b : bytes) {
            switch (b) {
                case '\\', '"' -> {
                    out.write('\\');
                    out.write(b);
                }
                case '\n' -> append(out, "\\n");
                case '\r' -> append(out, "\\r");
                case '\t' -> append(out, "\\t");
                case '\b' -> append(out, "\\b");
                case 7 -> append(out, "\\a");
                default -> {
                    if (b >= ' ' && b < 127) {
                        out.write(b);
                    } else {
                        append(out, "\\x");
                        out.write(HEX[(b >> 4) & 15]);
                        out.write(HEX[b & 15]);
                    }
                }
            }
        }
        out.write('"');
    }

    private static void append(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
