package io.kdb.cluster.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for tests: each is asked for once, and free when asked for. Several JVMs run tests at the same time; each has a range
 * of its own. Thread-safe.
 */
final class FreePort {
    private static final int COUNT = 400;
    private static final int FIRST = 22_000 + Integer.parseInt(System.getProperty("kdb.test.fork", "0")) % 4 * COUNT;
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() % 8) * 40);

    private FreePort() {}

    static int next() {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // In use: the next one.
            }
        }
        throw new IllegalStateException("no free port from " + FIRST);
    }
}
