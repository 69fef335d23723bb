package io.kdb.compat.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Real processes, changes of voters of every shape, kill -9 and SIGSTOP at every step of them and in between, clients all
 * the while. {@link ControlNemesisIT} runs about a minute of it; the whole of it, all steps with both faults several times
 * over, is a command of its own:
 *
 * <pre>
 * mvn -q -pl compat-tests -am verify -Dit.test=ControlNemesisIT -Dkdb.nemesis.seconds=900 -Dkdb.nemesis.seed=7 -Dtest.timeout=30m \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false -DskipTests=false
 * </pre>
 *
 * <p>What must hold in the end: every acknowledged word stands exactly once, at the place it was answered with; no word
 * stands twice; real-time order is kept; every node decides within 30 s of healing and all agree. Links are not cut here:
 * the simulation in cluster does that.
 */
final class ControlNemesis {
    private static final int NODES = 6;
    private static final int CLIENTS = 3;
    static final long DECIDES_WITHIN_MS = 30_000;
    private static final List<String> STEPS = List.of("PROPOSING", "ADDING", "FILLING", "PINGING", "SEALING", "SEALED");

    private record Ack(String word, int place, long begunNanos, long endedNanos) {}

    private final Random random;
    private final List<NemesisProcess> nodes = new ArrayList<>();
    private final ConcurrentLinkedQueue<Ack> acks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger words = new AtomicInteger();
    private volatile boolean loading = true;
    private int kills;
    private int stops;
    private int struck;
    private int asked;

    ControlNemesis(Path directory, int firstPort, long seed) throws IOException {
        random = new Random(seed);
        Files.createDirectories(directory);
        for (int i = 0; i < NODES; i++) {
            nodes.add(new NemesisProcess(directory.resolve("n" + i), firstPort + i));
        }
    }

    /** Runs for so long and checks; a line that says what happened. */
    String run(long seconds) throws IOException, InterruptedException {
        List<Thread> clients = new ArrayList<>();
        try {
            for (NemesisProcess node : nodes) {
                node.start();
            }
            for (NemesisProcess node : nodes.subList(1, NODES)) {
                require(
                        node.ask("join", "join " + nodes.get(0).port(), DECIDES_WITHIN_MS)
                                        .join()
                                != null,
                        "a node joins");
            }
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                Thread client = new Thread(() -> client(number), "client-" + i);
                client.start();
                clients.add(client);
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < end) {
                round();
            }
            long generation = conclude(clients);
            return "generations " + generation + ", changes asked " + asked + ", struck at a step " + struck
                    + ", kill -9 " + kills + ", SIGSTOP " + stops + ", acknowledged " + acks.size();
        } finally {
            loading = false;
            for (NemesisProcess node : nodes) {
                node.kill();
            }
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    /** One client: a word at a time, with some node. */
    private void client(int number) {
        Random choice = new Random(number);
        while (loading) {
            NemesisProcess node = nodes.get(choice.nextInt(NODES));
            String word = "w" + words.incrementAndGet();
            long begun = System.nanoTime();
            String place = node.ask(word, "submit " + word + " " + word, 5000).join();
            if (place != null) {
                acks.add(new Ack(word, Integer.parseInt(place), begun, System.nanoTime()));
            }
            pause(20);
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A change of voters, a fault at a step of it or beside it, and the repair. */
    private void round() throws IOException, InterruptedException {
        NemesisProcess leader = leader();
        if (leader != null) {
            if (random.nextInt(4) > 0) {
                String step = STEPS.get(random.nextInt(STEPS.size()));
                leader.tell("arm " + step + " " + (random.nextBoolean() ? "kill" : "stop"));
            }
            List<String> voters =
                    new ArrayList<>(nodes.stream().map(NemesisProcess::id).toList());
            Collections.shuffle(voters, random);
            voters = voters.subList(0, List.of(1, 3, 3, 5).get(random.nextInt(4)));
            asked++;
            leader.ask("change", "change " + String.join(",", voters), 3000).join();
        }
        if (random.nextInt(2) == 0) {
            pause(random.nextInt(600));
            NemesisProcess victim = nodes.get(random.nextInt(NODES));
            if (victim.runs()) {
                if (random.nextBoolean()) {
                    kills++;
                    victim.kill();
                } else {
                    stops++;
                    victim.stop();
                }
            }
        }
        pause(500 + random.nextInt(2500));
        repair();
        pause(random.nextInt(2000));
    }

    private NemesisProcess leader() {
        for (NemesisProcess node : nodes) {
            if (node.runs()) {
                String status = node.ask("status", "status", 1000).join();
                if (status != null && status.contains(" true ")) {
                    return node;
                }
            }
        }
        return null;
    }

    private void repair() throws IOException, InterruptedException {
        for (NemesisProcess node : nodes) {
            if (node.takeStruck()) {
                struck++;
            }
            if (node.stopped()) {
                node.thaw();
            } else if (!node.runs()) {
                node.start();
            }
            node.tell("disarm");
        }
    }

    private long conclude(List<Thread> clients) throws IOException, InterruptedException {
        repair();
        pause(200);
        repair();
        long healed = System.nanoTime();
        for (NemesisProcess node : nodes) {
            String place = null;
            while (place == null) {
                long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
                require(ms < DECIDES_WITHIN_MS, "node on port " + node.port() + " decides within 30 s of healing");
                String word = "last" + words.incrementAndGet();
                place = node.ask(word, "submit " + word + " " + word, 5000).join();
            }
        }
        loading = false;
        for (Thread client : clients) {
            client.join();
        }
        List<String> state = agreed();
        check(state);
        String status = nodes.get(0).ask("status", "status", 5000).join();
        require(status != null, "status");
        return Long.parseLong(status.substring(0, status.indexOf(' ')));
    }

    private List<String> agreed() {
        long begun = System.nanoTime();
        while (true) {
            Set<String> states = new HashSet<>();
            for (NemesisProcess node : nodes) {
                states.add(String.valueOf(node.ask("dump", "dump", 5000).join()));
            }
            if (states.size() == 1 && !states.contains("null")) {
                return List.of(states.iterator().next().split(",", -1));
            }
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            require(ms < DECIDES_WITHIN_MS, "all nodes have the same state");
            pause(200);
        }
    }

    private void check(List<String> state) {
        require(new HashSet<>(state).size() == state.size(), "no word stands twice");
        for (Ack ack : acks) {
            require(
                    ack.place <= state.size() && state.get(ack.place - 1).equals(ack.word),
                    "acknowledged word " + ack.word + " stands at " + ack.place);
        }
        List<Ack> byBegin = new ArrayList<>(acks);
        byBegin.sort(Comparator.comparingLong(Ack::begunNanos));
        List<Ack> byEnd = new ArrayList<>(acks);
        byEnd.sort(Comparator.comparingLong(Ack::endedNanos));
        int ended = 0;
        int highest = 0;
        for (Ack ack : byBegin) {
            while (ended < byEnd.size() && byEnd.get(ended).endedNanos < ack.begunNanos) {
                highest = Math.max(highest, byEnd.get(ended).place);
                ended++;
            }
            require(ack.place > highest, "real-time order at " + ack.word);
        }
    }

    int acknowledged() {
        return acks.size();
    }

    private static void require(boolean condition, String claim) {
        if (!condition) {
            throw new AssertionError("not so: " + claim);
        }
    }
}
