package io.kdb.cluster.control;

import java.io.IOException;

/** The control plane refuses to start; the message is one line that names the file or the address. Immutable. */
public final class ControlStartException extends IOException {
    ControlStartException(String message) {
        super(message);
    }

    ControlStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
