package io.kdb.cluster.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Looks for the engine's files, for tests. */
final class SnapshotFiles {
    private SnapshotFiles() {}

    static long count(Path directory) {
        return find(directory, "snapshot.").count();
    }

    /** Files whose name begins so, without their checksums. */
    static Stream<Path> find(Path directory, String prefix) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files
                    .filter(f -> f.getFileName().toString().startsWith(prefix)
                            && !f.toString().endsWith(".md5")
                            && !f.toString().endsWith(".tmp"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
