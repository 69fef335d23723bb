package io.kdb.server.commands;

import java.util.Locale;

/** Lines of INFO as they are written. Owner: one report. */
final class InfoFields {
    private final StringBuilder text = new StringBuilder(4096);

    /** Begins a section. */
    void section(String title) {
        if (!text.isEmpty()) {
            text.append("\r\n");
        }
        text.append("# ").append(title).append("\r\n");
    }

    void put(String name, Object value) {
        text.append(name).append(':').append(value).append("\r\n");
    }

    /** A number of bytes, plain and for people. */
    void size(String name, long bytes) {
        put(name, bytes);
        put(name + "_human", human(bytes));
    }

    /** Where others append lines of their own. */
    StringBuilder text() {
        return text;
    }

    /** 512B, 1.50K, 3.00M, 2.00G, 1.00T. */
    static String human(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < 4) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f%c", value, "KMGTP".charAt(unit));
    }
}
