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

/**
 * DEBUG RELOAD: all keys through dump.rdb and back, alone in the keyspace. Stateless.
 *
 * <p>Note: NOFLUSH keeps the keys that are there, MERGE lets those of the file take their places. Where Redis finds a key
 * twice without MERGE it ends; kdb answers an error and keeps what it has.
 */
final class DebugReload {
    private static final Logger LOG = LoggerFactory.getLogger(DebugReload.class);

    private static final CommandError BAD_OPTION =
            new CommandError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    private static final CommandError NOT_LOADED = new CommandError("ERR Error trying to load the RDB dump");

    private DebugReload() {}

    // DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]
    static void reload(Call call) {
        Arguments args = call.args();
        boolean save = true;
        boolean flush = true;
        boolean merge = false;
        for (int i = 2; i < args.count(); i++) {
            if (args.is(i, "NOSAVE")) {
                save = false;
            } else if (args.is(i, "NOFLUSH")) {
                flush = false;
            } else if (args.is(i, "MERGE")) {
                merge = true;
            } else {
                throw BAD_OPTION;
            }
        }
        Node node = call.node();
        if (save) {
            IOException problem = node.persistence().saveInSection();
            if (problem != null) {
                LOG.warn("DEBUG RELOAD: {}", problem.toString());
                throw new CommandError("ERR");
            }
        }
        load(node, flush, merge);
        call.reply().ok();
    }

    private static void load(Node node, boolean flush, boolean merge) {
        if (flush) {
            node.keyspace().flushAll();
        }
        node.tracking().flushed();
        try {
            DumpFile.load(
                    node.persistence().dumpFile(),
                    node.config().get(Parameters.RDBCHECKSUM),
                    System.currentTimeMillis(),
                    new KeyspaceLoader(node.keyspace(), merge));
        } catch (IOException e) {
            LOG.warn("DEBUG RELOAD: {}", e.toString());
            if (flush) {
                node.keyspace().flushAll();
            }
            throw NOT_LOADED;
        }
        LOG.warn("DB reloaded by DEBUG RELOAD");
    }
}
