package io.kdb.server.dispatch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The name of an object that a command uses again with every call: {@link Call#kept} answers the one of its event loop. Immutable;
 * a command has one as a constant. The object is the command's until it returns, and must be set up anew by every call.
 */
public final class Kept<T> {
    private static final AtomicInteger COUNT = new AtomicInteger();

    final int number = COUNT.getAndIncrement();
    final Supplier<T> make;

    public Kept(Supplier<T> make) {
        this.make = make;
    }
}
