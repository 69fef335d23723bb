package io.kdb.compat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The words that start a kdb process under test: from the whole program's jar and an archive of its classes, where module
 * tools is packaged, else from the class path. The archive saves more than a second of each start, and a run of all tests
 * starts a hundred processes. Thread-safe.
 */
public final class NodeCommand {
    private static final String MAIN = "io.kdb.tools.Kdb";
    private static final String TESTS = "test-classes";
    private static final long LIMIT_SECONDS = 120;
    private static final Path JAR =
            Path.of("..", "tools", "target", "kdb.jar").toAbsolutePath().normalize();
    private static final Path ARCHIVE = Path.of("target", "nodes.jsa").toAbsolutePath();

    private NodeCommand() {}

    /** The whole program in one file; it exists once module tools is packaged. */
    public static Path jar() {
        return JAR;
    }

    /** A JVM of at most so many MB, and kdb's main class; what kdb is to do comes behind it. */
    public static List<String> kdb(int heapMb) {
        List<String> words = java(heapMb);
        words.addAll(classes(""));
        words.add(MAIN);
        return words;
    }

    /** The same JVM with a main class of the tests. */
    public static List<String> test(int heapMb, Class<?> main, String... options) {
        List<String> words = java(heapMb);
        words.addAll(List.of(options));
        words.addAll(classes(File.pathSeparator + Path.of("target", TESTS).toAbsolutePath()));
        words.add(main.getName());
        return words;
    }

    private static List<String> java(int heapMb) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms24m",
                "-Xmx" + heapMb + "m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                // As in the launcher: what only a start runs is not compiled.
                "-XX:CompileThresholdScaling=3",
                "-XX:-UsePerfData",
                "-XX:MetaspaceSize=64m"));
    }

    private static List<String> classes(String more) {
        if (!Files.exists(JAR) || !more.isEmpty() && !Files.isDirectory(Path.of("target", TESTS))) {
            return List.of(
                    "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        }
        List<String> words = new ArrayList<>();
        if (isArchived()) {
            words.addAll(List.of("-XX:SharedArchiveFile=" + ARCHIVE, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
        }
        words.addAll(List.of("-cp", JAR + more));
        return words;
    }

    /** Made once, by a process that starts a node and ends; where that fails the starts are only slower. */
    private static synchronized boolean isArchived() {
        try {
            if (Files.exists(ARCHIVE)
                    && Files.getLastModifiedTime(ARCHIVE).compareTo(Files.getLastModifiedTime(JAR)) > 0) {
                return true;
            }
            Files.createDirectories(ARCHIVE.getParent());
            // Another JVM with tests may be making it, too.
            Path fresh = Path.of(ARCHIVE + "." + ProcessHandle.current().pid());
            List<String> words = java(128);
            words.addAll(List.of("-XX:ArchiveClassesAtExit=" + fresh, "-cp", JAR.toString(), MAIN, "warm", "server"));
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            if (process.exitValue() != 0 || !Files.exists(fresh)) {
                return false;
            }
            Files.move(fresh, ARCHIVE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
