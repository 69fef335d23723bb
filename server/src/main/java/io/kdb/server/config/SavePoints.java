package io.kdb.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code save}: dump after so many seconds when there were so many changes. Immutable. */
public record SavePoints(List<SavePoint> points) {
    /** One rule; the dump is due when any rule is met. */
    public record SavePoint(long seconds, long changes) {}

    static final SavePoints NONE = new SavePoints(List.of());
    static final SavePoints DEFAULT =
            new SavePoints(List.of(new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10000)));

    /** CONFIG SET replaces all points; in a file, {@link ConfigReader} passes those of the earlier lines. */
    static final Syntax<SavePoints> SYNTAX = new Syntax<>() {
        @Override
        public SavePoints parse(List<String> words, SavePoints before) throws RefusedSetting {
            if (words.size() == 1 && words.get(0).isEmpty()) return NONE;
            if (words.size() % 2 != 0) throw invalid();
            List<SavePoint> points = new ArrayList<>(before.points());
            for (int i = 0; i < words.size(); i += 2) {
                long seconds = number(words.get(i));
                long changes = number(words.get(i + 1));
                if (seconds < 1 || changes < 0) throw invalid();
                points.add(new SavePoint(seconds, changes));
            }
            return new SavePoints(List.copyOf(points));
        }

        @Override
        public String format(SavePoints value) {
            return value.points().stream()
                    .map(p -> p.seconds() + " " + p.changes())
                    .collect(Collectors.joining(" "));
        }

        @Override
        public List<Line> lines(String name, SavePoints value, SavePoints defaultValue) {
            if (value.points().isEmpty()) return List.of(Syntax.quoted(name, "", true));
            return value.points().stream()
                    .map(p -> new Line(name + " " + p.seconds() + " " + p.changes(), true))
                    .toList();
        }
    };

    private static long number(String word) throws RefusedSetting {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw invalid();
        }
    }

    private static RefusedSetting invalid() {
        return new RefusedSetting("Invalid save parameters");
    }
}
