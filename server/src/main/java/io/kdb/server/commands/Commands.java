package io.kdb.server.commands;

import io.kdb.server.dispatch.CommandSpec;
import java.util.List;

/** The tables of all families: what a node's command table is made of. */
public final class Commands {
    public static final List<List<CommandSpec>> ALL = List.of(
            ClientCommands.TABLE,
            ClusterCommands.TABLE,
            ConnectionCommands.TABLE,
            CounterCommands.TABLE,
            DumpCommands.TABLE,
            ExpireCommands.TABLE,
            KeyCommands.TABLE,
            ObjectCommands.TABLE,
            ScanCommands.TABLE,
            StringCommands.TABLE,
            StringRangeCommands.TABLE,
            TransactionCommands.TABLE);

    private Commands() {}
}
