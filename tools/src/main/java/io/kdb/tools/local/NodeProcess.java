package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One node's process: started through the launcher, found again by its pid file, or else by its command line. A pid is believed only when the
 * process with that number was started for this node's folder; pids are used again after a crash or a reboot.
 * Immutable; the state is the operating system's.
 */
public final class NodeProcess {
    private static final String PID_FILE = "kdb.pid";
    private static final String LOG_FILE = "kdb.log";

    private final Address address;
    private final Path folder;

    /** The node at {@code address} of the cluster in {@code clusterFolder}, an absolute path. */
    public NodeProcess(Path clusterFolder, Address address) {
        this.address = address;
        this.folder = clusterFolder.resolve(Integer.toString(address.port()));
    }

    public Address address() {
        return address;
    }

    public Path folder() {
        return folder;
    }

    public Path log() {
        return folder.resolve(LOG_FILE);
    }

    /**
     * The running process, if there is one; a pid file that names anything else is stale and means nothing, and one that
     * is lost does not hide a node that runs.
     */
    public Optional<ProcessHandle> running() throws IOException {
        Optional<ProcessHandle> named = named();
        return named.isPresent()
                ? named
                : ProcessHandle.allProcesses().filter(this::servesFolder).findFirst();
    }

    /** The process that the pid file names, if it is this node. */
    private Optional<ProcessHandle> named() throws IOException {
        String text;
        try {
            text = Files.readString(folder.resolve(PID_FILE)).strip();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            return ProcessHandle.of(Long.parseLong(text)).filter(this::isThisNode);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Starts the node with its output appended to its log, in a session of its own, so that it outlives this process and
     * its terminal.
     *
     * @param arguments server parameters beside the folder
     */
    public Process start(Path launcher, int memoryShare, List<String> arguments) throws IOException {
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "server", "--dir", folder.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put("KDB_DETACH", "1");
        builder.environment().put("KDB_MEMORY_SHARE", Integer.toString(memoryShare));
        Process process = builder.start();
        Files.writeString(folder.resolve(PID_FILE), process.pid() + "\n");
        return process;
    }

    /** Removes the pid file of a process that has ended. */
    public void forget() throws IOException {
        Files.deleteIfExists(folder.resolve(PID_FILE));
    }

    /** The last lines of the log, to show why a node ended. */
    public List<String> logTail(int lineCount) throws IOException {
        if (!Files.exists(log())) {
            return List.of();
        }
        List<String> lines = Files.readAllLines(log());
        return lines.subList(Math.max(0, lines.size() - lineCount), lines.size());
    }

    private boolean isThisNode(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        String[] arguments = process.info().arguments().orElse(new String[0]);
        return List.of(arguments).contains(folder.toString());
    }

    /** Whether it was started for this node's folder and port. */
    private boolean servesFolder(ProcessHandle process) {
        List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
        return Collections.indexOfSubList(arguments, List.of("--dir", folder.toString())) >= 0
                && Collections.indexOfSubList(arguments, List.of("--port", Integer.toString(address.port()))) >= 0;
    }
}
