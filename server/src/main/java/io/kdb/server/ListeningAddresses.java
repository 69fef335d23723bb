package io.kdb.server;

import io.kdb.server.config.Parameters;
import io.kdb.server.config.RefusedSetting;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import io.kdb.server.dispatch.Telemetry;
import io.kdb.server.net.NetServer;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the node listens, at start and as CONFIG SET {@code bind} and {@code port} change it. Connections that exist go on
 * whatever changes. Thread-safe; opening a socket waits for an event loop, so it never runs on one.
 */
final class ListeningAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(ListeningAddresses.class);

    private final ServerConfig config;
    private final NetServer net;
    private final Telemetry telemetry;
    private volatile int port;

    ListeningAddresses(ServerConfig config, NetServer net, Telemetry telemetry) {
        this.config = config;
        this.net = net;
        this.telemetry = telemetry;
    }

    /** The port in use, which {@code port 0} leaves to the system; 0 once CONFIG SET has closed it. */
    int port() {
        return port;
    }

    /** Opens the configured port. */
    synchronized void open() throws IOException {
        int wanted = (int) config.get(Parameters.PORT);
        if (config.get(Parameters.BIND).isEmpty()) {
            LOG.warn("Configured to not listen anywhere, exiting.");
            throw new IOException("bind: no address");
        }
        try {
            port(bind(config.get(Parameters.BIND), wanted));
            if (port == 0) {
                throw new IOException("bind: no address");
            }
        } catch (IOException e) {
            LOG.warn("Failed listening on port {} (TCP), aborting.", wanted);
            throw e;
        }
    }

    private void port(int open) {
        port = open;
        telemetry.listening(open, net.transport().name().toLowerCase(Locale.ROOT));
    }

    /** CONFIG SET bind: the old addresses are left first, since the new ones may be among them. */
    synchronized void rebound(Settings before, Settings now) throws RefusedSetting {
        net.stopListening();
        List<String> wanted = now.get(Parameters.BIND);
        if (port == 0 || wanted.isEmpty()) {
            return;
        }
        try {
            if (bind(wanted, port) == 0) {
                throw new IOException("no address");
            }
        } catch (IOException e) {
            LOG.warn("Failed to bind");
            listenAgain(before.get(Parameters.BIND));
            throw new RefusedSetting("Failed to bind to specified addresses.");
        }
    }

    private void listenAgain(List<String> addresses) {
        net.stopListening();
        try {
            bind(addresses, port);
        } catch (IOException e) {
            LOG.warn("Failed to bind to the former addresses: {}", e.getMessage());
        }
    }

    /** CONFIG SET port: the old one is left once the new one is open; 0 listens nowhere. */
    synchronized void moved(Settings before, Settings now) throws RefusedSetting {
        int wanted = (int) now.get(Parameters.PORT);
        NetServer.Sockets old = net.listening();
        try {
            if (wanted != 0 && bind(now.get(Parameters.BIND), wanted) == 0) {
                throw new IOException("no address");
            }
        } catch (IOException e) {
            net.stopListeningExcept(old);
            throw new RefusedSetting("Unable to listen on this port. Check server logs.");
        }
        net.stopListening(old);
        port(wanted);
    }

    /** Listens on each of these addresses; the port, which the system chooses for 0, or 0 when there was no address. */
    private int bind(List<String> addresses, int wanted) throws IOException {
        int backlog = (int) config.get(Parameters.TCP_BACKLOG);
        int open = 0;
        for (String address : addresses) {
            boolean optional = address.startsWith("-");
            String host = optional ? address.substring(1) : address;
            try {
                int bound = net.listen(host, open == 0 ? wanted : open, backlog);
                open = open == 0 ? bound : open;
            } catch (IOException e) {
                if (!optional) {
                    LOG.warn("Warning: Could not create server TCP listening socket {}", asInC(e.getMessage()));
                    throw e;
                }
            }
        }
        return open;
    }

    /** The native transports name the call in words of their own: {@code bind(..) failed with error(-98): ...}. */
    private static String asInC(String message) {
        return message.replaceFirst("bind\\(\\.\\.\\) failed with error\\(-?\\d+\\): ", "bind: ");
    }
}
