package io.kdb.server.pubsub;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A channel's name, or a pattern's. Immutable; the bytes must not be changed. */
public final class Channel {
    private final byte[] name;
    private final int hash;

    public Channel(byte[] name) {
        this.name = name;
        this.hash = Arrays.hashCode(name);
    }

    public byte[] name() {
        return name;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Channel channel && Arrays.equals(name, channel.name);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
