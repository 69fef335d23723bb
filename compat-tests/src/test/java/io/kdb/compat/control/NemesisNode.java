package io.kdb.compat.control;

import io.kdb.cluster.control.ControlListener;
import io.kdb.cluster.control.ControlOptions;
import io.kdb.cluster.control.ControlPlane;
import io.kdb.cluster.control.ControlStartException;
import io.kdb.cluster.control.ReplicatedState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One process of the nemesis: a control plane that takes orders on its standard input, one a line, and answers on its
 * standard output. Orders: {@code submit TAG WORD}, {@code join PORT}, {@code change ID,ID,...}, {@code arm STEP
 * kill|stop}, {@code disarm}, {@code status}, {@code dump}. It ends with its input.
 */
public final class NemesisNode {
    private static final String HOST = "127.0.0.1";

    private final ControlPlane plane;
    private volatile String step = "";
    private volatile String fault = "";

    private NemesisNode(Path directory, int port) throws ControlStartException {
        ControlListener listener = new ControlListener() {
            @Override
            public void applied(ReplicatedState state, long generation, long index, byte[] op, byte[] answer) {}

            @Override
            public void installed(ReplicatedState state, long generation, long index) {}
        };
        plane = ControlPlane.start(new ControlOptions(directory, port)
                .bind(HOST)
                .nodeTimeoutMs(2000)
                .planVoters(false)
                .states(NemesisState::new)
                .members(state -> ((NemesisState) state).members())
                .onStep(this::reached)
                .listener(listener));
    }

    /** @param args control directory, cluster port */
    public static void main(String[] args) throws IOException {
        NemesisNode node = new NemesisNode(Path.of(args[0]), Integer.parseInt(args[1]));
        say("up " + node.plane.nodeId());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            node.order(line.split(" ", -1));
        }
        Runtime.getRuntime().halt(0);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** On the control thread, before the step is taken. */
    private void reached(String name) {
        if (!name.equals(step)) {
            return;
        }
        step = "";
        say("struck " + name + " " + fault);
        if (fault.equals("kill")) {
            Runtime.getRuntime().halt(9);
        }
        try {
            long pid = ProcessHandle.current().pid();
            new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            say("fault " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void order(String[] words) {
        switch (words[0]) {
            case "submit" ->
                answer(
                        words[1],
                        plane.submit(words[2].getBytes(StandardCharsets.UTF_8), 4000)
                                .thenApply(bytes -> new String(bytes, StandardCharsets.UTF_8)));
            case "join" ->
                answer(
                        "join",
                        plane.join(HOST, Integer.parseInt(words[1]), new byte[0])
                                .thenApply(joined -> joined.clusterId()));
            case "change" ->
                answer(
                        "change",
                        plane.changeVoters(List.of(words[1].split(",", -1))).thenApply(String::valueOf));
            case "arm" -> {
                fault = words[2];
                step = words[1];
            }
            case "disarm" -> step = "";
            case "status" ->
                say("ok status " + plane.generation() + " " + plane.isLeader() + " "
                        + String.join(",", plane.voters()));
            case "dump" ->
                plane.onState(() -> say("ok dump " + String.join(",", ((NemesisState) plane.state()).words())));
            default -> say("fail " + words[0] + " unknown order");
        }
    }

    private static void answer(String tag, CompletableFuture<String> result) {
        var unused = result.whenComplete((text, failure) ->
                say(failure == null ? "ok " + tag + " " + text : "fail " + tag + " " + failure.getMessage()));
    }
}
