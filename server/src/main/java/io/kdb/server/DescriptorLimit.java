package io.kdb.server;

import com.sun.management.UnixOperatingSystemMXBean;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.RefusedSetting;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.config.Settings;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps {@code maxclients} below what the process may have open, as its limit on file descriptors says. Stateless. */
final class DescriptorLimit {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptorLimit.class);
    /** Of the descriptors these are not for clients. */
    private static final long RESERVED = 32;

    private DescriptorLimit() {}

    /** Lowers {@code maxclients} to what is possible, and refuses to raise it beyond. */
    static void apply(ServerConfig config) {
        long most = mostClients();
        long wanted = config.get(Parameters.MAXCLIENTS);
        if (wanted > most) {
            LOG.warn(
                    "You requested maxclients of {} requiring at least {} max file descriptors.",
                    wanted,
                    wanted + RESERVED);
            LOG.warn(
                    "Current maximum open files is {}. maxclients has been reduced to {} to compensate for low ulimit. If you"
                            + " need higher maxclients increase 'ulimit -n'.",
                    most + RESERVED,
                    most);
            config.note(Parameters.MAXCLIENTS, most);
        }
        config.whenChanged(DescriptorLimit::check, Parameters.MAXCLIENTS);
    }

    private static void check(Settings before, Settings now) throws RefusedSetting {
        long most = mostClients();
        if (now.get(Parameters.MAXCLIENTS) > most) {
            throw new RefusedSetting(
                    "The operating system is not able to handle the specified number of clients, try with " + most);
        }
    }

    private static long mostClients() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? Math.max(1, system.getMaxFileDescriptorCount() - RESERVED)
                : Long.MAX_VALUE;
    }
}
