package io.kdb.tools;

import io.kdb.server.KdbServer;
import io.kdb.server.config.Parameter;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ShutdownOption;
import io.kdb.server.dispatch.Shutdown;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as Redis takes them: a SHUTDOWN with the options of {@code shutdown-on-sigterm} and
 * {@code shutdown-on-sigint}, which leaves the node running when its data cannot be saved. A second SIGINT ends the process
 * at once. Thread-safe.
 *
 * <p>Note: the JVM's own answer to a signal cannot be taken back, so its handler is replaced; the class for that is not part
 * of Java SE, hence reflection. Without it a signal closes the node without saving.
 */
final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

    private KdbServer server;
    private Runnable pending;
    private int interrupts;

    private StopSignals() {}

    /** From now on signals stop the node in order; one that comes while it starts waits for {@link #started}. */
    static StopSignals install() {
        StopSignals signals = new StopSignals();
        try {
            signals.handle("TERM", Parameters.SHUTDOWN_ON_SIGTERM);
            signals.handle("INT", Parameters.SHUTDOWN_ON_SIGINT);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.warn("Signals stop this node without saving: {}", e.toString());
        }
        return signals;
    }

    /** The node that signals stop. */
    synchronized void started(KdbServer node) {
        server = node;
        if (pending != null) {
            pending.run();
            pending = null;
        }
    }

    private void handle(String name, Parameter<Set<ShutdownOption>> options) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        InvocationHandler handler = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                received(name, options);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> name;
        };
        Object proxy =
                Proxy.newProxyInstance(StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
    }

    private void received(String name, Parameter<Set<ShutdownOption>> parameter) {
        if (name.equals("INT") && interruptedTwice()) {
            LOG.warn("You insist... exiting now.");
            Runtime.getRuntime().halt(1);
        }
        LOG.warn("Received SIG{} scheduling shutdown...", name);
        synchronized (this) {
            if (server == null) {
                pending = () -> shutDown(name, parameter);
                return;
            }
        }
        shutDown(name, parameter);
    }

    private void shutDown(String name, Parameter<Set<ShutdownOption>> parameter) {
        Set<ShutdownOption> options = server.node().config().get(parameter);
        Boolean save = null;
        if (options.contains(ShutdownOption.SAVE)) {
            save = true;
        } else if (options.contains(ShutdownOption.NOSAVE)) {
            save = false;
        }
        server.node()
                .service(Shutdown.class)
                .begin(
                        new Shutdown.Options(
                                save, options.contains(ShutdownOption.NOW), options.contains(ShutdownOption.FORCE)),
                        error -> LOG.warn(
                                "{} received but errors trying to shut down the server, check the logs", name));
    }

    private synchronized boolean interruptedTwice() {
        return ++interrupts > 1;
    }
}
