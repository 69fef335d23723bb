package io.kdb.cluster.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks for pieces missing from a group's log before the engine opens it: the engine takes a log that starts too late for
 * whole, and then neither applies it nor closes. Stateless.
 *
 * <p>The engine's names: {@code current/log_FIRST-LAST}, {@code current/log_inprogress_FIRST},
 * {@code sm/snapshot.TERM_INDEX}.
 */
final class LogFiles {
    private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-(\\d+))?");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.\\d+_(\\d+)");

    /** {@code last}: -1 for the segment that is being written. */
    private record Segment(long first, long last) {}

    private LogFiles() {}

    /** @throws IOException that names the directory, when entries between the last snapshot and the log's end are missing */
    static void check(Path group) throws IOException {
        Path current = group.resolve("current");
        List<Segment> segments = new ArrayList<>();
        for (Matcher name : matching(current, SEGMENT)) {
            segments.add(new Segment(
                    Long.parseLong(name.group(1)), name.group(2) == null ? -1 : Long.parseLong(name.group(2))));
        }
        segments.sort(Comparator.comparingLong(Segment::first));
        long known = -1;
        for (Matcher name : matching(group.resolve("sm"), SNAPSHOT)) {
            known = Math.max(known, Long.parseLong(name.group(1)));
        }
        for (Segment segment : segments) {
            if (segment.first() > known + 1) {
                throw new IOException("log goes on at entry " + segment.first() + " (expected: at most " + (known + 1)
                        + ") in " + current);
            }
            known = Math.max(known, segment.last());
        }
    }

    private static List<Matcher> matching(Path directory, Pattern pattern) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> pattern.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .toList();
        }
    }
}
