package io.kdb.tools.client;

/** Where a server listens. Immutable. */
public record Address(String host, int port) {
    /** {@code host:port}, as MOVED and CLUSTER NODES write it; an IPv6 host has colons of its own. */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon >= 0) {
            String port = text.substring(colon + 1);
            if (!port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9')) {
                int number = Integer.parseInt(port);
                if (number <= 65535) {
                    return new Address(text.substring(0, colon), number);
                }
            }
        }
        throw new IllegalArgumentException("address: " + text + " (expected: host:port)");
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
