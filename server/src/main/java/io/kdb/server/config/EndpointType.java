package io.kdb.server.config;

/** {@code cluster-preferred-endpoint-type}: how redirects and CLUSTER SLOTS name a node. */
public enum EndpointType {
    IP,
    HOSTNAME,
    UNKNOWN_ENDPOINT
}
