package io.kdb.server.migration;

import io.kdb.resp.Doubles;
import io.kdb.server.persist.PiecedBytes;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.Element;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.RecordView;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.nio.charset.StandardCharsets;

/**
 * A value too large to be one RESTORE, as commands that build it piece by piece, so that neither node needs heap for a second
 * copy: UNLINK, then SET and APPEND, RPUSH, SADD, HSET or ZADD, or what {@link LargeStream} says, then {@link #WHOLE}, then what
 * expires. Owner: the move's thread.
 *
 * <p>Note: the target may evict the key half way, and build what is left from then on; WHOLE, a word between the two nodes that
 * is no command, says how many elements (bytes of a string) there must be, else the key goes.
 */
final class LargeValue {
    /** {@code KDB.WHOLE key count}. */
    static final String WHOLE = "KDB.WHOLE";

    /** Smaller ones are one RESTORE. */
    static final long LEAST_BYTES = 1 << 20;

    private static final int PIECE_BYTES = 64 << 10;
    private static final int MOST_ELEMENTS = 1024;
    private static final byte[] CRLF = {'\r', '\n'};

    private enum Phase {
        ELEMENTS,
        FIELD_TTLS,
        DONE
    }

    private final HashValue hash = new HashValue();
    private final SetValue set = new SetValue();
    private final ListValue list = new ListValue();
    private final SortedSetValue sorted = new SortedSetValue();
    private final LargeStream stream = new LargeStream();
    private final PiecedBytes batch = new PiecedBytes();
    private final byte[] score = new byte[Doubles.MAX_CHARS];
    private Phase phase = Phase.DONE;
    private RecordView record;
    private boolean more;
    private long at;

    /** Whether a record is to go this way. */
    static boolean isOne(RecordView record) {
        return record.isPinned() && record.heldBytes() >= LEAST_BYTES;
    }

    /** Elements of a collection, bytes of a string. */
    long size(RecordView view) {
        return switch (view.type()) {
            case ValueType.STRING -> view.valueLength();
            case ValueType.HASH -> open(hash, view).size();
            case ValueType.SET -> open(set, view).size();
            case ValueType.LIST -> open(list, view).size();
            case ValueType.ZSET -> open(sorted, view).size();
            case ValueType.STREAM -> stream.size(view);
            default -> throw new IllegalStateException("type: " + view.type());
        };
    }

    private static <V extends CollectionValue> V open(V value, RecordView view) {
        value.open(view);
        return value;
    }

    /** Writes the next piece of the record, the first when it is another one than before; true behind the last. */
    boolean write(RecordView of, ChunkedStream out) {
        if (phase == Phase.DONE) {
            begin(of, out);
        }
        if (of.type() == ValueType.STREAM) {
            more = !stream.write(of, out);
            if (!more) {
                whole(out);
            }
        } else if (phase == Phase.ELEMENTS) {
            if (of.type() == ValueType.STRING) {
                writeString(out);
            } else {
                writeElements(out);
            }
            if (!more) {
                whole(out);
                more = record.encoding() == Encoding.HASHTABLE_EX
                        && open(hash, record).first();
                phase = Phase.FIELD_TTLS;
            }
        } else {
            writeFieldTtls(out);
        }
        if (!more) {
            end(out);
        }
        return phase == Phase.DONE;
    }

    private void whole(ChunkedStream out) {
        command(out, WHOLE, 3);
        out.argument(Long.toString(size(record)));
    }

    private void begin(RecordView of, ChunkedStream out) {
        record = of;
        at = 0;
        command(out, "UNLINK", 2);
        more = switch (of.type()) {
            case ValueType.STRING, ValueType.STREAM -> true;
            case ValueType.HASH -> open(hash, of).first();
            case ValueType.SET -> open(set, of).first();
            case ValueType.LIST -> open(list, of).seek(0);
            default -> {
                open(sorted, of).seekIndex(0);
                yield true;
            }
        };
        phase = Phase.ELEMENTS;
    }

    private void end(ChunkedStream out) {
        if (record.expireAtMs() != KeyTable.NO_EXPIRY) {
            command(out, "PEXPIREAT", 3);
            out.argument(Long.toString(record.expireAtMs()));
        }
        phase = Phase.DONE;
        record = null;
    }

    private void command(ChunkedStream out, String verb, int words) {
        out.command(words);
        out.argument(verb);
        out.argument(record.keyArray(), 0, record.keyLength());
    }

    private void writeString(ChunkedStream out) {
        int length = (int) Math.min(PIECE_BYTES, record.valueLength() - at);
        command(out, at == 0 ? "SET" : "APPEND", 3);
        out.beginArgument(length);
        for (int done = 0; done < length; ) {
            int run = Math.min(length - done, record.runLength(at + done));
            out.write(record.runArray(at + done), record.runOffset(at + done), run);
            done += run;
        }
        out.endArgument();
        at += length;
        more = at < record.valueLength();
    }

    private void writeElements(ChunkedStream out) {
        batch.clear();
        int words = 0;
        while (more && words < MOST_ELEMENTS && batch.length() < PIECE_BYTES) {
            switch (record.type()) {
                case ValueType.HASH -> {
                    add(hash.field());
                    add(hash.value());
                    words += 2;
                    more = hash.next();
                }
                case ValueType.SET -> {
                    add(set.element());
                    words++;
                    more = set.next();
                }
                case ValueType.LIST -> {
                    add(list.element());
                    words++;
                    more = list.forward();
                }
                default -> {
                    addScore(sorted.scoreHere());
                    add(sorted.element());
                    words += 2;
                    more = sorted.next();
                }
            }
        }
        command(out, verb(), 2 + words);
        for (int i = 0; i < batch.pieceCount(); i++) {
            out.write(batch.piece(i), 0, batch.pieceLength(i));
        }
        batch.clear();
    }

    private String verb() {
        return switch (record.type()) {
            case ValueType.HASH -> "HSET";
            case ValueType.SET -> "SADD";
            case ValueType.LIST -> "RPUSH";
            default -> "ZADD";
        };
    }

    private void add(Element element) {
        head(element.length());
        for (int i = 0; i < element.length(); i += element.runLength(i)) {
            batch.write(element.runArray(i), element.runOffset(i), element.runLength(i));
        }
        batch.write(CRLF, 0, CRLF.length);
    }

    private void addScore(double value) {
        int length = Doubles.write(value, score, 0);
        head(length);
        batch.write(score, 0, length);
        batch.write(CRLF, 0, CRLF.length);
    }

    private void head(int length) {
        byte[] bytes = ("$" + length + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        batch.write(bytes, 0, bytes.length);
    }

    /** One command a field: most large hashes have none that expires. */
    private void writeFieldTtls(ChunkedStream out) {
        for (int i = 0; more && i < MOST_ELEMENTS; i++) {
            if (hash.expireAt() != HashValue.NO_EXPIRY) {
                command(out, "HPEXPIREAT", 6);
                out.argument(Long.toString(hash.expireAt()));
                out.argument("FIELDS");
                out.argument("1");
                out.argument(hash.field());
            }
            more = hash.next();
        }
    }
}
