package io.kdb.server.config;

/** A value that a parameter does not take; the message is Redis' reason. Stackless: an operator's slip, not a fault. */
public final class RefusedSetting extends Exception {
    public RefusedSetting(String reason) {
        super(reason, null, false, false);
    }
}
