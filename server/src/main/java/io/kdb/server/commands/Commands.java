package io.kdb.server.commands;

import io.kdb.server.dispatch.CommandSpec;
import java.util.List;

/** The tables of all families: what a node's command table is made of. */
public final class Commands {
    public static final List<List<CommandSpec>> ALL =
            List.of(ConnectionCommands.TABLE, ClientCommands.TABLE, TransactionCommands.TABLE);

    private Commands() {}
}
