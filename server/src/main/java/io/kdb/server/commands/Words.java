package io.kdb.server.commands;

import java.nio.charset.StandardCharsets;

/** Words of effects that differ from the words of the command they come from. Constants; nobody changes the arrays. */
final class Words {
    static final byte[] SET = word("SET");
    static final byte[] HSET = word("HSET");
    static final byte[] HDEL = word("HDEL");
    static final byte[] HPEXPIREAT = word("HPEXPIREAT");
    static final byte[] HPERSIST = word("HPERSIST");
    static final byte[] FIELDS = word("FIELDS");
    static final byte[] SREM = word("SREM");
    static final byte[] PXAT = word("PXAT");
    static final byte[] KEEPTTL = word("KEEPTTL");
    static final byte[] HSETEX = word("HSETEX");
    static final byte[] LREM = word("LREM");
    static final byte[] LTRIM = word("LTRIM");
    static final byte[] XADD = word("XADD");
    static final byte[] DEL = word("DEL");
    static final byte[] PEXPIREAT = word("PEXPIREAT");
    static final byte[] PERSIST = word("PERSIST");
    static final byte[] ABSTTL = word("ABSTTL");
    static final byte[] PUBLISH = word("PUBLISH");
    static final byte[] SPUBLISH = word("SPUBLISH");
    static final byte[] LPOP = word("LPOP");
    static final byte[] RPOP = word("RPOP");
    static final byte[] LMOVE = word("LMOVE");
    static final byte[] RPOPLPUSH = word("RPOPLPUSH");
    /** As Redis writes them of a client that has waited. */
    static final byte[] LEFT = word("left");

    static final byte[] RIGHT = word("right");

    static final byte[] ZADD = word("ZADD");
    static final byte[] ZREMRANGEBYRANK = word("ZREMRANGEBYRANK");
    static final byte[] ZPOPMIN = word("ZPOPMIN");
    static final byte[] ZPOPMAX = word("ZPOPMAX");
    static final byte[] XCLAIM = word("XCLAIM");
    static final byte[] TIME = word("TIME");
    static final byte[] RETRYCOUNT = word("RETRYCOUNT");
    static final byte[] FORCE = word("FORCE");
    static final byte[] JUSTID = word("JUSTID");
    static final byte[] LASTID = word("LASTID");
    static final byte[] XGROUP = word("XGROUP");
    static final byte[] SETID = word("SETID");
    static final byte[] ENTRIESREAD = word("ENTRIESREAD");
    static final byte[] CREATECONSUMER = word("CREATECONSUMER");

    private Words() {}

    private static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
