package io.kdb.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary folder for the servers under measurement, deleted in the end. Owner: the main thread. */
record BenchFolder(Path path) implements Closeable {
    static BenchFolder create() throws IOException {
        return new BenchFolder(Files.createTempDirectory("kdb-bench"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
