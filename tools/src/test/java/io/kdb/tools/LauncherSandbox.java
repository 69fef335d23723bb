package io.kdb.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A folder with a copy of the launcher and made-up JDKs, in which it runs without seeing the real machine's. */
final class LauncherSandbox {
    /** What a run left: its exit status, and its output and errors by line. */
    record Run(int status, List<String> output) {
        String text() {
            return String.join("\n", output);
        }
    }

    private static final Path LAUNCHER = Path.of("..", "kdb").toAbsolutePath().normalize();

    final Path root;
    final Map<String, String> environment = new TreeMap<>();

    LauncherSandbox(Path root) throws IOException {
        this.root = root.toRealPath();
        Files.copy(LAUNCHER, this.root.resolve("kdb"), StandardCopyOption.COPY_ATTRIBUTES);
        environment.put("KDB_JAR", "kdb.jar");
        environment.put("KDB_DRY_RUN", "1");
        environment.put("KDB_CDS", "no");
        environment.put("KDB_JVM_FOLDERS", "");
        environment.put(
                "KDB_SYSTEM_ROOT", system("MemTotal: 4194304 kB", Map.of()).toString());
    }

    /** A JDK of this version (as in JAVA_VERSION) whose java prints its arguments; its folder. */
    Path jdk(String name, String version) throws IOException {
        Path folder = root.resolve("jdks").resolve(name);
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"N/A\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(folder.resolve("bin").resolve("java"), "printf '%s\\n' java \"$@\"");
        return folder;
    }

    /** Makes these the JDKs in the usual folders. */
    void usual(Path... jdks) {
        List<String> folders = new ArrayList<>();
        for (Path jdk : jdks) {
            folders.add(jdk.toString());
        }
        environment.put("KDB_JVM_FOLDERS", String.join(":", folders));
    }

    /** A system root with this /proc/meminfo and these other files. */
    Path system(String meminfo, Map<String, String> files) throws IOException {
        Path system = Files.createTempDirectory(root, "system");
        Map<String, String> all = new TreeMap<>(files);
        all.put("proc/meminfo", meminfo + "\n");
        for (Map.Entry<String, String> file : all.entrySet()) {
            Path path = system.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        return system;
    }

    Path script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    Run run(String... arguments) throws IOException, InterruptedException {
        return runAs(root.resolve("kdb"), arguments);
    }

    /** Runs the launcher by this path, in an environment with nothing but {@link #environment} and a plain PATH. */
    Run runAs(Path launcher, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", launcher.toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(root, "run", ".out");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", pathWithoutJava());
        builder.environment().put("HOME", root.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the launcher hangs: " + command);
        }
        return new Run(process.exitValue(), Files.readAllLines(out, StandardCharsets.UTF_8));
    }

    /** The tools that the launcher needs, and no java. */
    private String pathWithoutJava() throws IOException {
        Path bin = root.resolve("bin");
        if (!Files.exists(bin)) {
            Files.createDirectory(bin);
            for (String tool : List.of(
                    "bash",
                    "sh",
                    "env",
                    "find",
                    "head",
                    "grep",
                    "cp",
                    "mv",
                    "rm",
                    "mkdir",
                    "rmdir",
                    "touch",
                    "readlink",
                    "setsid",
                    "nice",
                    "sleep",
                    "cat",
                    "dirname",
                    "cksum",
                    "kill",
                    "ls",
                    "uname")) {
                for (String folder : List.of("/usr/bin", "/bin")) {
                    Path real = Path.of(folder, tool);
                    if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
                        Files.createSymbolicLink(bin.resolve(tool), real);
                    }
                }
            }
        }
        return bin.toString();
    }
}
