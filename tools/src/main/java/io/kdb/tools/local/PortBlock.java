package io.kdb.tools.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/** Finds ports for a block of nodes, each of which needs its client port and its cluster port. Stateless. */
public final class PortBlock {
    /** Blocks tried after the wanted one. */
    private static final int ATTEMPTS = 50;

    private static final int STEP = 100;

    private PortBlock() {}

    /** The first of {@code count} ports in a row from {@code port} on that {@code isFree} refuses; empty: all free. */
    public static OptionalInt firstTaken(int port, int count, IntPredicate isFree) {
        for (int i = port; i < port + count; i++) {
            if (!isFree.test(i)) {
                return OptionalInt.of(i);
            }
            if (!isFree.test(i + ClusterLayout.BUS_PORT_DISTANCE)) {
                return OptionalInt.of(i + ClusterLayout.BUS_PORT_DISTANCE);
            }
        }
        return OptionalInt.empty();
    }

    /** {@code wanted}, or the next hundred (7100, 7200, ...) whose ports are all free; empty when none is. */
    public static OptionalInt find(int wanted, int count, IntPredicate isFree) {
        for (int i = 0; i <= ATTEMPTS; i++) {
            int port = wanted + i * Math.max(STEP, (count + STEP - 1) / STEP * STEP);
            if (port + count - 1 + ClusterLayout.BUS_PORT_DISTANCE > 65535) {
                break;
            }
            if (firstTaken(port, count, isFree).isEmpty()) {
                return OptionalInt.of(port);
            }
        }
        return OptionalInt.empty();
    }

    /** True when a server could listen there now. */
    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
