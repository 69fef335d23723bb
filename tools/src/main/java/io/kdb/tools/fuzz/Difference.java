package io.kdb.tools.fuzz;

import java.util.List;

/**
 * What the two servers did not do alike. Immutable.
 *
 * @param seed of the round
 * @param step index of the command in {@code history}, or its size when it is about the keys at the end
 * @param what the command, or the question about a key
 * @param redis its reply
 * @param kdb its reply
 * @param history the commands before and after, the round's settings first
 */
public record Difference(long seed, int step, String what, String redis, String kdb, List<Step> history) {
    private static final int SHOWN = 40;
    private static final int LONGEST = 600;

    /** A report for people. */
    public String report() {
        StringBuilder out = new StringBuilder();
        out.append("seed ").append(seed).append(", ").append(history.size()).append(" commands:\n");
        int from = Math.max(0, history.size() - SHOWN);
        if (from > 0) {
            out.append("  ...\n");
        }
        for (Step step : history.subList(from, history.size())) {
            out.append("  ").append(shortened(step.toString())).append('\n');
        }
        out.append(step < history.size() ? "differs:  " : "then:     ").append(shortened(what));
        out.append("\nRedis:    ").append(shortened(redis));
        out.append("\nkdb:      ").append(shortened(kdb)).append('\n');
        return out.toString();
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "... (" + text.length() + " characters)";
    }
}
