package io.kdb.server.config;

/** Who may do a protected thing ({@code enable-debug-command} and others): nobody, everybody, local connections. */
public enum Allowance {
    NO,
    YES,
    LOCAL
}
