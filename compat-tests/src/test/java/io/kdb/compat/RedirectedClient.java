package io.kdb.compat;

import io.kdb.cluster.topology.Slot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A client of a cluster on raw connections that follows MOVED and counts how often it must; every other error is the
 * caller's to see, ASK too. Owner: one thread.
 */
public final class RedirectedClient implements AutoCloseable {
    private final Map<Integer, RespClient> nodes = new HashMap<>();
    private final int[] ports = new int[Slot.COUNT];
    private final int firstPort;
    private volatile int moved;
    private volatile int mostMovedOfOne;

    /** {@code firstPort}: of the node that is asked for a slot of which nothing is known yet. */
    public RedirectedClient(int firstPort) {
        this.firstPort = firstPort;
    }

    private RespClient node(int port) throws IOException {
        RespClient client = nodes.get(port);
        if (client == null) {
            client = new RespClient(port);
            nodes.put(port, client);
        }
        return client;
    }

    /** One command on the key's node. */
    public Reply call(String key, String... words) throws IOException {
        int slot = Slot.of(key.getBytes(StandardCharsets.ISO_8859_1));
        int port = ports[slot] == 0 ? firstPort : ports[slot];
        boolean knew = ports[slot] != 0;
        int redirects = 0;
        while (true) {
            Reply reply = node(port).call(words);
            if (!reply.isError() || !reply.text().startsWith("MOVED ")) {
                ports[slot] = port;
                if (knew) {
                    mostMovedOfOne = Math.max(mostMovedOfOne, redirects);
                }
                moved = moved + redirects;
                return reply;
            }
            redirects++;
            port = Integer.parseInt(reply.text().substring(reply.text().lastIndexOf(':') + 1));
        }
    }

    /** MOVED in all. */
    public int moved() {
        return moved;
    }

    /** MOVED that one command met whose slot's node was known, the most so far. */
    public int mostMovedOfOne() {
        return mostMovedOfOne;
    }

    @Override
    public void close() throws IOException {
        for (RespClient client : nodes.values()) {
            client.close();
        }
    }
}
