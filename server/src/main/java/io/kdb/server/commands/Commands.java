package io.kdb.server.commands;

import io.kdb.server.dispatch.CommandSpec;
import java.util.List;

/** The tables of all families: what a node's command table is made of. */
public final class Commands {
    public static final List<List<CommandSpec>> ALL = List.of(
            BitCommands.TABLE,
            BitfieldCommands.TABLE,
            ClientCommands.TABLE,
            ClusterCommands.TABLE,
            CommandCommands.TABLE,
            ConditionalCommands.TABLE,
            ConfigCommands.TABLE,
            ConnectionCommands.TABLE,
            CounterCommands.TABLE,
            DebugCommands.TABLE,
            DumpCommands.TABLE,
            ExpireCommands.TABLE,
            GeoCommands.TABLE,
            GeoSearchCommands.TABLE,
            HashCommands.TABLE,
            HashCounterCommands.TABLE,
            HashExpiryCommands.TABLE,
            HashFieldCommands.TABLE,
            HashWalkCommands.TABLE,
            HyperLogLogCommands.TABLE,
            KeyCommands.TABLE,
            ListCommands.TABLE,
            ListMoveCommands.TABLE,
            ListSearchCommands.TABLE,
            LatencyCommands.TABLE,
            MemoryCommands.TABLE,
            MigrateCommands.TABLE,
            ObjectCommands.TABLE,
            PubSubCommands.TABLE,
            ReplicationCommands.TABLE,
            ScanCommands.TABLE,
            ServerCommands.TABLE,
            SetAlgebraCommands.TABLE,
            SetCommands.TABLE,
            SetRandomCommands.TABLE,
            SortedSetAlgebraCommands.TABLE,
            SortedSetCommands.TABLE,
            SortedSetPopCommands.TABLE,
            SortedSetRangeCommands.TABLE,
            SortedSetWalkCommands.TABLE,
            SortCommands.TABLE,
            SlowlogCommands.TABLE,
            StringCommands.TABLE,
            StreamCommands.TABLE,
            StreamGroupCommands.TABLE,
            StreamInfoCommands.TABLE,
            StreamPendingCommands.TABLE,
            StreamReadCommands.TABLE,
            StringRangeCommands.TABLE,
            TransactionCommands.TABLE);

    private Commands() {}
}
