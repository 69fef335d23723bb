package io.kdb.cluster.health;

import io.kdb.cluster.topology.WireReader;
import io.kdb.cluster.topology.WireWriter;

/**
 * A primary asks the leader for a lease. Immutable.
 *
 * @param number counts up within a process start; the grant repeats it
 * @param epoch the config epoch in which the node believes itself primary
 * @param appliedVersion the version of the view it works with
 */
public record LeaseRequest(String id, long number, long incarnation, long epoch, long appliedVersion) {
    private static final int VERSION = 1;

    public byte[] encode() {
        WireWriter out = new WireWriter().u8(VERSION).id(id).i64(number).i64(incarnation);
        return out.i64(epoch).i64(appliedVersion).toBytes();
    }

    /** Reads a request; throws MalformedRecord. */
    public static LeaseRequest decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        in.version(VERSION);
        LeaseRequest request = new LeaseRequest(in.id(), in.u63(), in.u63(), in.u63(), in.u63());
        in.end();
        return request;
    }
}
