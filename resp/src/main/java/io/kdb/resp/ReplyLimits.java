package io.kdb.resp;

/**
 * What a client believes a server. Immutable.
 *
 * @param lineBytes a line without its end
 * @param bulkBytes a bulk, bulk error or verbatim string
 * @param elements all elements of one reply, nested ones included
 * @param depth how deep aggregates and attributes may nest
 */
public record ReplyLimits(int lineBytes, int bulkBytes, int elements, int depth) {
    public static final ReplyLimits DEFAULT = new ReplyLimits(64 * 1024, 512 * 1024 * 1024, 64 * 1024 * 1024, 128);
}
