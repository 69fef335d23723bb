package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Node;
import io.kdb.server.persist.DumpFile;
import io.kdb.server.persist.KeyspaceLoader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DEBUG RELOAD: all keys through dump.rdb and back, alone in the keyspace. Stateless. */
final class DebugReload {
    private static final Logger LOG = LoggerFactory.getLogger(DebugReload.class);

    private static final CommandError BAD_OPTION =
            new CommandError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    private static final CommandError NOT_LOADED = new CommandError("ERR Error trying to load the RDB dump");
    private static final CommandError NO_MERGE = new CommandError("ERR DEBUG RELOAD NOFLUSH is not supported");

    private DebugReload() {}

    /** Note: MERGE matters only together with NOFLUSH, which kdb does not do: a load needs an empty keyspace. */
    static void reload(Call call) {
        Arguments args = call.args();
        boolean save = true;
        boolean flush = true;
        for (int i = 2; i < args.count(); i++) {
            if (args.is(i, "NOSAVE")) {
                save = false;
            } else if (args.is(i, "NOFLUSH")) {
                flush = false;
            } else if (!args.is(i, "MERGE")) {
                throw BAD_OPTION;
            }
        }
        if (!flush) {
            throw NO_MERGE;
        }
        Node node = call.node();
        if (save) {
            IOException problem = node.persistence().saveInSection();
            if (problem != null) {
                LOG.warn("DEBUG RELOAD: {}", problem.toString());
                throw new CommandError("ERR");
            }
        }
        load(node);
        call.reply().ok();
    }

    private static void load(Node node) {
        node.keyspace().flushAll();
        node.tracking().flushed();
        try {
            DumpFile.load(
                    node.persistence().dumpFile(),
                    node.config().get(Parameters.RDBCHECKSUM),
                    System.currentTimeMillis(),
                    new KeyspaceLoader(node.keyspace()));
        } catch (IOException e) {
            LOG.warn("DEBUG RELOAD: {}", e.toString());
            node.keyspace().flushAll();
            throw NOT_LOADED;
        }
        LOG.warn("DB reloaded by DEBUG RELOAD");
    }
}
