package io.kdb.cluster.topology;

/**
 * Where a node is reached, as it announces itself. Immutable.
 *
 * @param ip the announced address, empty while unknown
 * @param hostname the announced host name, empty when there is none
 */
public record NodeAddress(String ip, int port, int busPort, String hostname) {
    /** {@code ip:port}, as in MOVED. */
    public String hostPort() {
        return ip + ":" + port;
    }
}
