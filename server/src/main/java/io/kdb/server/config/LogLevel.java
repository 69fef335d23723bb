package io.kdb.server.config;

/** {@code loglevel}: how much is logged. */
public enum LogLevel {
    DEBUG,
    VERBOSE,
    NOTICE,
    WARNING
}
