package io.kdb.compat;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a test needs of the machine. Stateless. */
public final class Needs {
    private Needs() {}

    /** Skips the test, saying so, where something is absent; CI has everything. */
    public static void that(boolean isThere, String absent) {
        if (!isThere && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(absent);
        }
        assumeTrue(isThere, absent);
    }
}
