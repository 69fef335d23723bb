package io.kdb.cluster.control;

import java.util.Objects;

/**
 * A node of the cluster as the control plane needs to know it. Immutable.
 *
 * @param id the node id
 * @param host address of its cluster port, or null when unknown
 * @param busPort its cluster port, or 0 when unknown
 * @param machine what it shares with nodes that die together with it (its host's name or address)
 * @param zone its availability zone, or "" when it has none
 */
public record Member(String id, String host, int busPort, String machine, String zone) {
    public Member {
        Objects.requireNonNull(id);
        machine = machine == null ? (host == null ? "" : host) : machine;
        zone = zone == null ? "" : zone;
    }
}
