package io.kdb.cluster.health;

import io.kdb.cluster.topology.WireReader;
import io.kdb.cluster.topology.WireWriter;

/** The leader's yes to a lease request. A no is silence: the primary asks again. Immutable. */
public record LeaseGrant(String id, long number, long incarnation, long durationMs) {
    private static final int VERSION = 1;

    public byte[] encode() {
        WireWriter out = new WireWriter().u8(VERSION).id(id).i64(number).i64(incarnation);
        return out.i64(durationMs).toBytes();
    }

    /** Reads a grant; throws MalformedRecord. */
    public static LeaseGrant decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        in.version(VERSION);
        LeaseGrant grant = new LeaseGrant(in.id(), in.u63(), in.u63(), in.u63());
        in.end();
        return grant;
    }
}
