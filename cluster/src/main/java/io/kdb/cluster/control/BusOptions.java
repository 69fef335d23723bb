package io.kdb.cluster.control;

/**
 * What the bus of one node needs to know. Immutable.
 *
 * @param bindHost address to listen on, or null for all
 * @param announcedHost address others should use, or null: the one they see
 * @param secret shared by all nodes, or null
 * @param silenceLimitMs after that long without a sign of life a connection is made anew
 */
record BusOptions(
        String nodeId,
        String bindHost,
        int port,
        String announcedHost,
        int announcedPort,
        String secret,
        long silenceLimitMs) {}
