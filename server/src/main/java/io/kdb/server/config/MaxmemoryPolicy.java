package io.kdb.server.config;

/** {@code maxmemory-policy}: which keys go when memory is full. */
public enum MaxmemoryPolicy {
    VOLATILE_LRU(true, Order.LRU),
    VOLATILE_LFU(true, Order.LFU),
    VOLATILE_RANDOM(true, Order.RANDOM),
    VOLATILE_TTL(true, Order.TTL),
    ALLKEYS_LRU(false, Order.LRU),
    ALLKEYS_LFU(false, Order.LFU),
    ALLKEYS_RANDOM(false, Order.RANDOM),
    NOEVICTION(false, Order.NONE);

    /** What decides between two candidates. */
    public enum Order {
        LRU,
        LFU,
        RANDOM,
        TTL,
        NONE
    }

    private final boolean expiringOnly;
    private final Order order;

    MaxmemoryPolicy(boolean expiringOnly, Order order) {
        this.expiringOnly = expiringOnly;
        this.order = order;
    }

    /** Whether only keys with an expiry are candidates. */
    public boolean expiringOnly() {
        return expiringOnly;
    }

    public Order order() {
        return order;
    }
}
