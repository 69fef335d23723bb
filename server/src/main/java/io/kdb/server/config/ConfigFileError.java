package io.kdb.server.config;

/** A configuration that the server does not start with; the message is what Redis prints before it exits with 1. */
public final class ConfigFileError extends Exception {
    private final boolean logLine;

    private ConfigFileError(String message, boolean logLine) {
        super(message, null, false, false);
        this.logLine = logLine;
    }

    /** An error at a line of the file or of the command line, whose lines follow the file's. */
    static ConfigFileError at(int lineNumber, String line, String reason) {
        return block("Reading the configuration file, at line " + lineNumber + "\n>>> '" + line + "'\n" + reason);
    }

    /** An error of the whole: no line is to blame. */
    static ConfigFileError whole(String reason) {
        return block(reason);
    }

    private static ConfigFileError block(String text) {
        return new ConfigFileError(
                "\n*** FATAL CONFIG FILE ERROR (Redis " + ServerConfig.REDIS_VERSION + ") ***\n" + text, false);
    }

    static ConfigFileError unreadable(String file, String reason) {
        return new ConfigFileError("Fatal error, can't open config file '" + file + "': " + reason, true);
    }

    /** Whether Redis logs the message as a warning, rather than printing it as it stands on the standard error. */
    public boolean isLogLine() {
        return logLine;
    }
}
