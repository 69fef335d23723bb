package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The cluster of one folder: starts what does not run, asks how it is, stops it. Owner: the main thread. */
public final class LocalCluster {
    /** Something the user has to know and can act on; its message is the whole line. */
    public static final class Problem extends Exception {
        private static final long serialVersionUID = 1L;

        public Problem(String message) {
            super(message);
        }
    }

    private static final int NODE_TIMEOUT_MS = 2000;
    private static final int ASK_TIMEOUT_MS = 2000;
    private static final int POLL_MS = 50;
    private static final int LOG_LINES = 5;
    /** A node has this long to save and end. */
    private static final int STOP_TIMEOUT_SECONDS = 60;

    private final ClusterLayout layout;
    private final List<NodeProcess> nodes = new ArrayList<>();

    /** The cluster of {@code layout} in {@code folder}, an absolute path. */
    public LocalCluster(Path folder, ClusterLayout layout) {
        this.layout = layout;
        layout.addresses().forEach(address -> nodes.add(new NodeProcess(folder, address)));
    }

    public ClusterLayout layout() {
        return layout;
    }

    public List<NodeProcess> nodes() {
        return nodes;
    }

    /** Starts every node that does not run, all at once; what was started. */
    public Map<NodeProcess, Process> start(Path launcher) throws IOException, Problem {
        List<NodeProcess> stopped = new ArrayList<>();
        for (NodeProcess node : nodes) {
            if (node.running().isEmpty()) {
                checkPorts(node.address());
                stopped.add(node);
            }
        }
        Map<NodeProcess, Process> started = new LinkedHashMap<>();
        for (NodeProcess node : stopped) {
            started.put(node, node.start(launcher, layout.nodes(), parameters(node.address())));
        }
        return started;
    }

    /** What a node is started with beside its folder; the same at every start, since a node that has joined stays. */
    List<String> parameters(Address address) {
        List<String> parameters = new ArrayList<>(List.of(
                "--port",
                Integer.toString(address.port()),
                "--bind",
                ClusterLayout.HOST,
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                Integer.toString(NODE_TIMEOUT_MS),
                "--cluster-replicas",
                Integer.toString(layout.replicas()),
                // Nobody is waited for: every replica of this cluster starts with it, each of another primary.
                "--repl-diskless-sync-delay",
                "0",
                "--io-threads",
                "1"));
        Address first = layout.addresses().get(0);
        if (!address.equals(first)) {
            parameters.addAll(List.of("--join", first.toString()));
        }
        return parameters;
    }

    /**
     * Waits until the cluster is whole.
     *
     * @param started processes that must not end meanwhile
     * @param onWait told a reason whenever it has changed
     */
    public void awaitWhole(
            Map<NodeProcess, Process> started, int timeoutSeconds, java.util.function.Consumer<String> onWait)
            throws Problem, IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        String told = "";
        while (true) {
            failIfEnded(started);
            if (layout.nodes() == 1) {
                placeAlone();
            }
            Optional<String> missing = missing();
            if (missing.isEmpty()) {
                return;
            }
            if (!missing.get().equals(told)) {
                told = missing.get();
                onWait.accept(told);
            }
            if (System.nanoTime() > deadlineNs) {
                throw new Problem("the cluster is not whole after " + timeoutSeconds + " s: " + told
                        + "; see the logs in " + nodes.get(0).folder().getParent());
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    /** The first join makes a cluster place its slots; a node that stays alone has to be told. */
    private void placeAlone() {
        try (RespConnection connection = RespConnection.open(layout.addresses().get(0), ASK_TIMEOUT_MS)) {
            String info = connection.call("CLUSTER", "INFO").text();
            if ("0".equals(NodeReport.fields(info).get("cluster_slots_assigned"))) {
                connection.call("CLUSTER", "PLACEMENT", "AUTO");
            }
        } catch (IOException e) {
            // It does not answer yet: the next round asks again.
        }
    }

    /** Why the cluster is not whole; asks no further than the first node that is not ready. */
    private Optional<String> missing() {
        Map<Address, NodeReport> reports = new LinkedHashMap<>();
        for (Address address : layout.addresses()) {
            try {
                reports.put(address, NodeReport.ask(address, ASK_TIMEOUT_MS));
            } catch (IOException e) {
                break;
            }
            Optional<String> missing = Wholeness.missing(layout, reports.get(address));
            if (missing.isPresent()) {
                return Optional.of(address + " " + missing.get());
            }
        }
        return Wholeness.missing(layout, reports);
    }

    /** What each node that answers says, by address. */
    public Map<Address, NodeReport> reports() {
        Map<Address, NodeReport> reports = new LinkedHashMap<>();
        for (Address address : layout.addresses()) {
            try {
                reports.put(address, NodeReport.ask(address, ASK_TIMEOUT_MS));
            } catch (IOException e) {
                // It does not answer: the table says so.
            }
        }
        return reports;
    }

    /** Saves and stops every running node, all at once; how many there were. */
    public int stop() throws IOException, Problem, InterruptedException {
        Map<NodeProcess, ProcessHandle> running = new LinkedHashMap<>();
        for (NodeProcess node : nodes) {
            Optional<ProcessHandle> process = node.running();
            if (process.isPresent()) {
                running.put(node, process.get());
            } else {
                node.forget();
            }
        }
        List<Thread> shutdowns = new ArrayList<>();
        List<String> problems = java.util.Collections.synchronizedList(new ArrayList<>());
        running.forEach((node, process) -> {
            Thread thread =
                    new Thread(() -> shutDown(node, process).ifPresent(problems::add), "stop-" + node.address());
            thread.start();
            shutdowns.add(thread);
        });
        for (Thread thread : shutdowns) {
            thread.join();
        }
        if (!problems.isEmpty()) {
            throw new Problem(String.join("\n", problems));
        }
        for (NodeProcess node : running.keySet()) {
            node.forget();
        }
        return running.size();
    }

    /** Asks the node to save and end, and waits for its end; why it did not, if so. */
    private static Optional<String> shutDown(NodeProcess node, ProcessHandle process) {
        try (RespConnection connection = RespConnection.open(node.address(), ASK_TIMEOUT_MS)) {
            Optional<String> stranger = stranger(connection, process);
            if (stranger.isPresent()) {
                return Optional.of(node.address() + " " + stranger.get());
            }
            connection.timeoutMs(STOP_TIMEOUT_SECONDS * 1000);
            if (connection.call("SHUTDOWN", "SAVE") instanceof Reply.Failure failure) {
                return Optional.of(node.address() + " did not stop: " + failure.text());
            }
        } catch (IOException e) {
            // No answer: the connection closed because the node ends, or it hangs. SIGTERM is harmless to the first.
            process.destroy();
        }
        try {
            process.onExit().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return Optional.empty();
        } catch (TimeoutException | ExecutionException e) {
            return Optional.of(node.address() + " still runs " + STOP_TIMEOUT_SECONDS
                    + " s after it was told to stop (pid " + process.pid() + "; see " + node.log() + ")");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(node.address() + ": interrupted");
        }
    }

    /** Another server may have taken the port while this node hangs or starts: its data is not ours to stop. */
    private static Optional<String> stranger(RespConnection connection, ProcessHandle process) throws IOException {
        String pid = NodeReport.fields(connection.call("INFO", "server").text()).get("process_id");
        return pid == null || pid.equals(Long.toString(process.pid()))
                ? Optional.empty()
                : Optional.of("is answered by process " + pid + ", not by this node (" + process.pid() + ")");
    }

    /** Ends what was started, after a start that failed. */
    public static void abandon(Map<NodeProcess, Process> started) throws IOException, InterruptedException {
        started.values().forEach(Process::destroy);
        for (Map.Entry<NodeProcess, Process> entry : started.entrySet()) {
            if (!entry.getValue().waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                entry.getValue().destroyForcibly().waitFor();
            }
            entry.getKey().forget();
        }
    }

    private static void failIfEnded(Map<NodeProcess, Process> started) throws Problem, IOException {
        for (Map.Entry<NodeProcess, Process> entry : started.entrySet()) {
            if (!entry.getValue().isAlive()) {
                NodeProcess node = entry.getKey();
                throw new Problem("the node " + node.address() + " ended with status "
                        + entry.getValue().exitValue() + "; the end of " + node.log() + ":\n  "
                        + String.join("\n  ", node.logTail(LOG_LINES)));
            }
        }
    }

    private static void checkPorts(Address address) throws Problem {
        var taken = PortBlock.firstTaken(address.port(), 1, PortBlock::isFree);
        if (taken.isPresent()) {
            throw new Problem("port " + taken.getAsInt() + " of the node " + address + " is taken by another process");
        }
    }
}
