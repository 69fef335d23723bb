package io.kdb.server.dispatch;

/** Runs one command whose arity, routing and locks are settled; writes exactly one reply, or throws {@link CommandError}. */
@FunctionalInterface
public interface CommandFunction {
    void run(Call call);
}
