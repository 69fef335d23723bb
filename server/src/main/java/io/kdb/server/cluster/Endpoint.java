package io.kdb.server.cluster;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.server.config.EndpointType;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;

/** A node's preferred endpoint, as cluster-preferred-endpoint-type says. Stateless. */
public final class Endpoint {
    private Endpoint() {}

    /** The ip, the host name ({@code ?} when it has none), or the empty text for "the one you used". */
    public static String of(ClusterNode node, ServerConfig config) {
        EndpointType type = config.get(Parameters.CLUSTER_PREFERRED_ENDPOINT_TYPE);
        return switch (type) {
            case IP -> node.address().ip();
            case HOSTNAME ->
                node.address().hostname().isEmpty() ? "?" : node.address().hostname();
            case UNKNOWN_ENDPOINT -> "";
        };
    }
}
