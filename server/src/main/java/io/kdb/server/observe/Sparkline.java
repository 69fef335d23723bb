package io.kdb.server.observe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Draws numbers as columns of characters, with labels written downwards below: LATENCY GRAPH. Stateless. */
public final class Sparkline {
    private static final int ROWS = 4;
    /** The steps of a row, from low to high. */
    private static final String TOPS = "_o#";

    private static final char FILLED = '|';

    private Sparkline() {}

    /** One line a row, each with a newline. */
    public static String draw(List<Long> values, List<String> labels) {
        long min = values.stream().mapToLong(v -> v).min().orElse(0);
        long max = values.stream().mapToLong(v -> v).max().orElse(0);
        int steps = ROWS * TOPS.length();
        List<char[]> lines = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            char[] line = blank(values.size());
            int below = (ROWS - 1 - row) * TOPS.length();
            for (int column = 0; column < line.length; column++) {
                double share = (values.get(column) - min) * (double) steps / Math.max(1, max - min);
                int height = (int) Math.min(steps - 1, share) - below;
                if (height >= TOPS.length()) {
                    line[column] = FILLED;
                } else if (height >= 0) {
                    line[column] = TOPS.charAt(height);
                }
            }
            lines.add(line);
        }
        lines.add(blank(values.size()));
        int longest = labels.stream().mapToInt(String::length).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            char[] line = blank(values.size());
            for (int column = 0; column < line.length; column++) {
                if (i < labels.get(column).length()) {
                    line[column] = labels.get(column).charAt(i);
                }
            }
            lines.add(line);
        }
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    private static char[] blank(int length) {
        char[] line = new char[length];
        Arrays.fill(line, ' ');
        return line;
    }
}
