package io.kdb.compat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports for the processes under test: each is given away once in a round, and free when it is given away. Thread-safe.
 *
 * <p>Note: several JVMs run tests at the same time, so each has a range of its own ({@code kdb.test.fork} says which), below
 * those that systems give to outgoing connections: a port that was free stays free until its process is there.
 */
public final class FreePort {
    private static final int FORK = Integer.parseInt(System.getProperty("kdb.test.fork", "0")) % 4;
    private static final int COUNT = 400;
    private static final int BUS_OFFSET = 10_000;

    /** Of servers. */
    private static final FreePort ALONE = new FreePort(24_000, 0);
    /** Of nodes of clusters; their cluster ports are as many ports beyond. */
    private static final FreePort IN_CLUSTER = new FreePort(19_000, BUS_OFFSET);

    private final int first;
    private final int busOffset;
    private int next = (int) (ProcessHandle.current().pid() % 8) * (COUNT / 8);

    private FreePort(int first, int busOffset) {
        this.first = first + FORK * COUNT;
        this.busOffset = busOffset;
    }

    /** For a server. */
    public static int next() throws IOException {
        return ALONE.take();
    }

    /** For so many nodes of a cluster: free together with their cluster ports. */
    public static List<Integer> inCluster(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            ports.add(IN_CLUSTER.take());
        }
        return ports;
    }

    private synchronized int take() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = first + next++ % COUNT;
            if (isFree(port) && (busOffset == 0 || isFree(port + busOffset))) {
                return port;
            }
        }
        throw new IOException("no free port from " + first + " on");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
