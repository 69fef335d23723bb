package io.kdb.tools.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Figures of two servers by name, several rounds each, and the table of their medians. Owner: the main thread. */
final class Comparison {
    /** Whose figure. */
    enum Side {
        REDIS,
        KDB
    }

    private record Figure(String format, Map<Side, List<Double>> values) {}

    private final Map<String, Figure> figures = new LinkedHashMap<>();

    /** Adds one round's value; {@code format} prints the figure, with one number in it. */
    void add(Side side, String figure, String format, double value) {
        figures.computeIfAbsent(figure, name -> new Figure(format, new LinkedHashMap<>()))
                .values()
                .computeIfAbsent(side, ignored -> new ArrayList<>())
                .add(value);
    }

    /** Adds a load's figures: its rate, the server's processor time per request, and how much of each core was used. */
    void add(Side side, String load, String detail, BenchServer.Cost cost) {
        add(side, load + "/s" + detail, "%.0f", cost.perSecond());
        add(side, "server's processor time per " + load + detail + " (us)", "%.2f", cost.micros());
        add(side, "of the server's core used by " + load + detail + " (%)", "%.0f", cost.corePercent());
        add(side, "of the client's core used by " + load + detail + " (%)", "%.0f", cost.clientPercent());
    }

    /** A Markdown table: figure, both medians, and how many times redis-server's ours is. */
    List<String> markdown() {
        List<String> lines =
                new ArrayList<>(List.of("| figure | redis-server | kdb | kdb / redis |", "|---|---|---|---|"));
        figures.forEach((name, figure) -> {
            double redis = median(figure.values().getOrDefault(Side.REDIS, List.of()));
            double kdb = median(figure.values().getOrDefault(Side.KDB, List.of()));
            lines.add("| " + name + " | " + print(figure.format(), redis) + " | " + print(figure.format(), kdb) + " | "
                    + print("%.2f", kdb / redis) + " |");
        });
        return lines;
    }

    /** The middle value, or the mean of the two middle ones; NaN of none. */
    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
                .average()
                .orElseThrow();
    }

    private static String print(String format, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }
}
