package io.kdb.server.cluster;

import io.kdb.cluster.topology.ClusterNode;
import io.kdb.cluster.topology.ClusterView;
import io.kdb.server.dispatch.Node;
import io.kdb.server.replication.LinkStatus;
import io.kdb.server.replication.Replication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this node what the committed view says it is, primary or whose replica, and keeps what is known of its data: which
 * shard's it is, and whether the last stop lost nothing. Thread-safe.
 *
 * <p>Note: both facts lie beside the control state in small files, {@code data-of} and {@code clean}; the latter is written
 * after the final dump and removed at the next start.
 */
public final class RoleKeeper implements DataStatus, ClusterRuntime.ViewListener {
    private static final Logger LOG = LoggerFactory.getLogger(RoleKeeper.class);

    private final Node node;
    private final Replication replication;
    private final ClusterRuntime cluster;
    private final Path directory;
    private volatile boolean complete;
    private final long startedMs = System.currentTimeMillis();
    private volatile String dataOf = "";
    /** As the last view had it; the node's own mark follows when its link has ended. */
    private boolean isReplica;

    RoleKeeper(Node node, Replication replication, ClusterRuntime cluster, Path directory) {
        this.node = node;
        this.replication = replication;
        this.cluster = cluster;
        this.directory = directory;
    }

    /** To be called once, before the cluster side starts. {@code loaded}: a dump file was loaded at this start. */
    void loaded(boolean loaded) throws IOException {
        Files.createDirectories(directory);
        boolean clean = Files.deleteIfExists(directory.resolve("clean"));
        Path known = directory.resolve("data-of");
        if (loaded && Files.exists(known)) {
            dataOf = Files.readString(known, StandardCharsets.US_ASCII).trim();
        }
        complete = clean && loaded;
    }

    // ---- roles ------------------------------------------------------------------------------------------------

    @Override
    public void changed(ClusterView before, ClusterView now) {
        ClusterNode me = now.myself();
        if (me == null) {
            if (node.isReplica()) {
                // It is no member any more: what its old primary does is not its business.
                var unused = replication.silence();
            }
            return;
        }
        // A start that the controller has not accepted must not hand its perhaps empty data to replicas. Nor does it
        // act
        // on a role: the views before its acceptance are the past, passed through once more.
        boolean accepted = me.incarnation() == cluster.plane().incarnation();
        node.servesReplicas(accepted);
        if (me.isReplica()) {
            ClusterNode primary = now.myPrimary();
            role(true);
            if (accepted && primary != null && !primary.address().ip().isEmpty()) {
                var unused = replication.follow(
                        primary.address().ip(), primary.address().port());
            }
        } else if (node.isReplica()) {
            LOG.info("This node is a primary now, in epoch {}", me.configEpoch());
            role(false);
            var unused = replication.promote().thenRun(this::becomePrimary);
        }
    }

    private synchronized void role(boolean replica) {
        isReplica = replica;
        if (replica) {
            node.replica(true);
        }
    }

    /** Once the link has ended; by then the view may have made it a replica again. */
    private synchronized void becomePrimary() {
        if (!isReplica) {
            node.replica(false);
        }
    }

    // ---- data -------------------------------------------------------------------------------------------------

    /** To be called at each tick: notes whose data this node holds by now. */
    void tick() {
        ClusterView view = cluster.view();
        ClusterNode me = view.myself();
        if (me == null || node.isLoading()) {
            return;
        }
        boolean serves = me.isPrimary()
                && !node.isReplica()
                && view.slotCount(me.id()) > 0
                && me.incarnation() == cluster.plane().incarnation();
        if ((serves || me.isReplica() && linkUp()) && !dataOf.equals(me.shardId())) {
            dataOf = me.shardId();
            write("data-of", dataOf);
        }
    }

    private void write(String name, String text) {
        try {
            Path temporary = directory.resolve(name + ".tmp");
            Files.writeString(temporary, text, StandardCharsets.US_ASCII);
            Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.resolve(name), e.toString());
        }
    }

    /** This node's data is nobody's any more. */
    void forget() {
        dataOf = "";
        try {
            Files.deleteIfExists(directory.resolve("data-of"));
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.resolve("data-of"), e.toString());
        }
    }

    /** The final dump has everything: the next start may serve at once. */
    public void markClean() {
        write("clean", "clean\n");
    }

    @Override
    public String dataOf() {
        return node.isLoading() ? "" : dataOf;
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public String replId() {
        return node.log().history().id();
    }

    @Override
    public long replOffset() {
        return node.log().endOffset();
    }

    @Override
    public boolean linkUp() {
        LinkStatus link = replication.linkStatus();
        return link != null && link.isUp();
    }

    @Override
    public long dataAgeMs() {
        LinkStatus link = replication.linkStatus();
        if (link == null && !node.isReplica()) {
            return 0;
        }
        long since = link != null && link.lastReceivedMs() > 0 ? link.lastReceivedMs() : startedMs;
        return Math.max(0, System.currentTimeMillis() - since);
    }
}
