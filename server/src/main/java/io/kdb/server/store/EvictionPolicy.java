package io.kdb.server.store;

import java.util.Locale;

/** maxmemory-policy. Immutable. */
public enum EvictionPolicy {
    NOEVICTION,
    ALLKEYS_LRU,
    ALLKEYS_LFU,
    ALLKEYS_RANDOM,
    VOLATILE_LRU,
    VOLATILE_LFU,
    VOLATILE_RANDOM,
    VOLATILE_TTL;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** As redis.conf spells it. */
    public String text() {
        return text;
    }

    /** The policy of this spelling, in any case; null when there is none. */
    public static EvictionPolicy of(String text) {
        for (EvictionPolicy policy : values()) {
            if (policy.text.equalsIgnoreCase(text)) {
                return policy;
            }
        }
        return null;
    }

    /** True when only keys with an expiry may go. */
    public boolean isVolatile() {
        return this == VOLATILE_LRU || this == VOLATILE_LFU || this == VOLATILE_RANDOM || this == VOLATILE_TTL;
    }

    public boolean isLfu() {
        return this == ALLKEYS_LFU || this == VOLATILE_LFU;
    }

    public boolean isRandom() {
        return this == ALLKEYS_RANDOM || this == VOLATILE_RANDOM;
    }
}
