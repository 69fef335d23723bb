package io.kdb.server.config;

/** {@code shutdown-on-sigint} and {@code shutdown-on-sigterm}: options of the SHUTDOWN that a signal starts. */
public enum ShutdownOption {
    DEFAULT,
    SAVE,
    NOSAVE,
    NOW,
    FORCE
}
