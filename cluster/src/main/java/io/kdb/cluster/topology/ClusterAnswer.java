package io.kdb.cluster.topology;

/**
 * What applying a record came to; the same on every node. Immutable.
 *
 * @param accepted whether the record changed the state, or found it as it wanted it
 * @param value what the record's description says, else 0
 * @param text the error line without its dash when refused; when accepted what the record's description says, else empty
 */
public record ClusterAnswer(boolean accepted, long value, String text) {
    private static final int VERSION = 1;
    private static final ClusterAnswer OK = new ClusterAnswer(true, 0, "");

    public static ClusterAnswer ok() {
        return OK;
    }

    public static ClusterAnswer ok(long value) {
        return new ClusterAnswer(true, value, "");
    }

    public static ClusterAnswer ok(long value, String text) {
        return new ClusterAnswer(true, value, text);
    }

    public static ClusterAnswer refused(String line) {
        return new ClusterAnswer(false, 0, line);
    }

    public byte[] encode() {
        return new WireWriter().u8(VERSION).bool(accepted).i64(value).text(text).toBytes();
    }

    /** Reads an answer back; throws MalformedRecord. */
    public static ClusterAnswer decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        in.version(VERSION);
        ClusterAnswer answer = new ClusterAnswer(in.bool(), in.i64(), in.text());
        in.end();
        return answer;
    }
}
