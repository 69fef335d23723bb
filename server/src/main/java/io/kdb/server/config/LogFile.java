package io.kdb.server.config;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file of log lines, opened for each line, so that it may be moved away by a rotation at any time. Stateless. */
final class LogFile {
    private LogFile() {}

    /** Why the file cannot be appended to, or null. */
    static String probe(Path file) {
        try {
            append(file, new byte[0]);
            return null;
        } catch (IOException e) {
            return ConfigReader.reason(e);
        }
    }

    static void append(Path file, byte[] line) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            out.write(line);
        }
    }
}
