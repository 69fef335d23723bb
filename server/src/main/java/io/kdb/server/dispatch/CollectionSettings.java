package io.kdb.server.dispatch;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import io.kdb.server.store.CollectionLimits;
import io.kdb.server.store.Keyspace;

/** Tells the store at which sizes collections change their encodings, as configured. Stateless. */
final class CollectionSettings {
    private CollectionSettings() {}

    static void follow(ServerConfig config, Keyspace keyspace) {
        keyspace.limits(limits(config.current()));
        config.whenChanged(
                (before, now) -> keyspace.limits(limits(now)),
                Parameters.HASH_MAX_LISTPACK_ENTRIES,
                Parameters.HASH_MAX_LISTPACK_VALUE,
                Parameters.LIST_MAX_LISTPACK_SIZE,
                Parameters.SET_MAX_INTSET_ENTRIES,
                Parameters.ZSET_MAX_LISTPACK_ENTRIES,
                Parameters.ZSET_MAX_LISTPACK_VALUE,
                Parameters.STREAM_NODE_MAX_BYTES,
                Parameters.STREAM_NODE_MAX_ENTRIES);
    }

    private static CollectionLimits limits(Settings settings) {
        return new CollectionLimits(
                settings.get(Parameters.HASH_MAX_LISTPACK_ENTRIES),
                settings.get(Parameters.HASH_MAX_LISTPACK_VALUE),
                (int) settings.get(Parameters.LIST_MAX_LISTPACK_SIZE),
                settings.get(Parameters.SET_MAX_INTSET_ENTRIES),
                settings.get(Parameters.ZSET_MAX_LISTPACK_ENTRIES),
                settings.get(Parameters.ZSET_MAX_LISTPACK_VALUE),
                settings.get(Parameters.STREAM_NODE_MAX_BYTES),
                settings.get(Parameters.STREAM_NODE_MAX_ENTRIES));
    }
}
