package io.kdb.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Syntaxes of several words: addresses, percentiles, scores. Immutable. */
final class Lists {
    private static final int MAX_ADDRESSES = 16;

    private Lists() {}

    /** {@code bind}: addresses to listen on; one that begins with {@code -} may be missing on this host. */
    static final Syntax<List<String>> ADDRESSES = new Syntax<>() {
        @Override
        public List<String> parse(List<String> words, List<String> before) throws RefusedSetting {
            if (words.size() > MAX_ADDRESSES) throw new RefusedSetting("Too many bind addresses specified.");
            return words.size() == 1 && words.get(0).isEmpty() ? List.of() : List.copyOf(words);
        }

        @Override
        public String format(List<String> value) {
            return String.join(" ", value);
        }

        @Override
        public List<Line> lines(String name, List<String> value, List<String> defaultValue) {
            if (value.equals(defaultValue)) return List.of();
            return List.of(new Line(name + " " + (value.isEmpty() ? "\"\"" : format(value)), true));
        }
    };

    /** {@code latency-tracking-info-percentiles}. */
    static final Syntax<List<Double>> PERCENTILES = new Syntax<>() {
        @Override
        public List<Double> parse(List<String> words, List<Double> before) throws RefusedSetting {
            List<Double> percentiles = new ArrayList<>();
            if (words.size() == 1 && words.get(0).isEmpty()) return percentiles;
            for (String word : words) {
                double percentile;
                try {
                    percentile = Double.parseDouble(word);
                } catch (NumberFormatException e) {
                    throw new RefusedSetting("Invalid latency-tracking-info-percentiles parameters");
                }
                if (!(percentile >= 0 && percentile <= 100)) {
                    throw new RefusedSetting(
                            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
                }
                percentiles.add(percentile);
            }
            return List.copyOf(percentiles);
        }

        @Override
        public String format(List<Double> value) {
            return value.stream().map(Lists::shortest).collect(Collectors.joining(" "));
        }

        @Override
        public List<Line> lines(String name, List<Double> value, List<Double> defaultValue) {
            return List.of(
                    value.isEmpty() ? Syntax.quoted(name, "", true) : new Line(name + " " + format(value), true));
        }
    };

    /** Up to six places, as Redis prints a percentile: 50, 99.9, 99.999. */
    static String shortest(double value) {
        String text = String.format(Locale.ROOT, "%.6f", value);
        return text.replaceFirst("\\.?0+$", "");
    }

    /** {@code oom-score-adj-values}: three numbers. */
    static final Syntax<List<Long>> SCORES = new Syntax<>() {
        @Override
        public List<Long> parse(List<String> words, List<Long> before) throws RefusedSetting {
            if (words.size() != 3) throw new RefusedSetting("wrong number of arguments");
            List<Long> scores = new ArrayList<>();
            for (String word : words) {
                if (!word.matches("-?\\d{1,4}") || Math.abs(Long.parseLong(word)) > 2000) {
                    throw new RefusedSetting("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
                }
                scores.add(Long.parseLong(word));
            }
            return List.copyOf(scores);
        }

        @Override
        public String format(List<Long> value) {
            return value.stream().map(String::valueOf).collect(Collectors.joining(" "));
        }
    };
}
