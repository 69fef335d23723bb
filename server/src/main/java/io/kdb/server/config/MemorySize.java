package io.kdb.server.config;

/** Sizes as redis.conf writes them: {@code 100}, {@code 64k} (1000s), {@code 64kb} (1024s), m, mb, g, gb, b. */
public final class MemorySize {
    public static final long MALFORMED = -1;
    /** Larger than a long. */
    public static final long TOO_LARGE = -2;

    private MemorySize() {}

    /** The bytes, or {@link #MALFORMED} or {@link #TOO_LARGE}. The unit is in lower case. */
    public static long parse(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') digits++;
        long unit = unit(text.substring(digits));
        if (unit == MALFORMED || digits == 0) return MALFORMED;
        try {
            return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), unit);
        } catch (NumberFormatException | ArithmeticException e) {
            return TOO_LARGE;
        }
    }

    private static long unit(String text) {
        return switch (text) {
            case "", "b" -> 1;
            case "k" -> 1000;
            case "kb" -> 1 << 10;
            case "m" -> 1_000_000;
            case "mb" -> 1 << 20;
            case "g" -> 1_000_000_000;
            case "gb" -> 1 << 30;
            default -> MALFORMED;
        };
    }

    /** The size with the largest unit that divides it. */
    public static String format(long bytes) {
        if (bytes != 0 && bytes % (1 << 30) == 0) return (bytes >> 30) + "gb";
        if (bytes != 0 && bytes % (1 << 20) == 0) return (bytes >> 20) + "mb";
        if (bytes != 0 && bytes % (1 << 10) == 0) return (bytes >> 10) + "kb";
        return Long.toString(bytes);
    }
}
