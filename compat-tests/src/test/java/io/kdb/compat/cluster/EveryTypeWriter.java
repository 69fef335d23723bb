package io.kdb.compat.cluster;

import io.kdb.cluster.topology.Slot;
import io.kdb.compat.Reply;
import io.kdb.compat.RespClient;
import io.kdb.compat.RunningServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Random writes of every type to a cluster, each followed by WAIT 1, and the same ones to a real Redis once they are
 * acknowledged: what that one replies and holds is what the cluster must. A write whose outcome is not known begins its
 * key anew. Owner: one thread; the test looks between two runs.
 */
final class EveryTypeWriter implements AutoCloseable {
    private static final int REDIRECTS = 8;
    private static final long PATIENCE_MS = 60_000;
    private static final long PAUSE_MS = 20;
    /** What a cluster answers when it cannot serve a command just now. */
    private static final List<String> NOT_NOW =
            List.of("CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN", "READONLY", "NOREPLICAS", "BUSY ");

    private final RunningServer redis;
    private final RespClient shadow;
    private final LocalCluster cluster;
    private final EveryTypeCommands commands;
    private final Random random;
    private final Map<Integer, RespClient> connections = new HashMap<>();
    private final int[] ports = new int[Slot.COUNT];
    /** Of a hash's fields with a time, by key: Redis 7.0 knows none. */
    private final Map<String, Map<String, String>> fieldTimes = new HashMap<>();

    private volatile long acknowledged;
    private volatile long unknown;

    EveryTypeWriter(LocalCluster cluster, long seed) throws IOException, InterruptedException {
        this.cluster = cluster;
        random = new Random(seed);
        commands = new EveryTypeCommands(seed);
        redis = RunningServer.redis();
        shadow = new RespClient(redis.port());
    }

    /** Writes that a replica has, too. */
    long acknowledged() {
        return acknowledged;
    }

    /** Writes that were begun anew. */
    long unknown() {
        return unknown;
    }

    /** One random write. */
    void write() throws IOException, InterruptedException {
        List<String> types = EveryTypeCommands.TYPES;
        List<String> keys = EveryTypeCommands.keys(types.get(random.nextInt(types.size())));
        String key = keys.get(random.nextInt(keys.size()));
        String[] words = commands.next(key);
        Reply reply = done(key, words);
        if (reply == null) {
            unknown++;
            beginAnew(key);
        } else {
            acknowledged++;
            repeat(key, words, reply);
        }
    }

    private void beginAnew(String key) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (done(key, "DEL", key) == null) {
            if (System.nanoTime() > deadline) {
                throw new IOException(key + " cannot be deleted");
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        }
        shadow.call("DEL", key);
        fieldTimes.remove(key);
    }

    /** On the real Redis, which must reply the same. */
    private void repeat(String key, String[] words, Reply reply) throws IOException {
        if (words[0].equals("HPEXPIREAT")) {
            if (shadow.call("HEXISTS", key, words[5]).text().equals("1")) {
                fieldTimes.computeIfAbsent(key, any -> new TreeMap<>()).put(words[5], words[2]);
            }
            return;
        }
        boolean pops = words[0].equals("SPOP");
        Reply expected = pops && reply.text() != null ? shadow.call("SREM", key, reply.text()) : shadow.call(words);
        if (pops ? !expected.toString().matches("1|nil") : !expected.toString().equals(reply.toString())) {
            throw new IOException(Arrays.toString(words) + " gave " + reply + ", in Redis " + expected);
        }
        if (EveryTypeCommands.type(key).equals("fields")) {
            // HSET takes a field's time away, HDEL the field.
            Map<String, String> times = fieldTimes.computeIfAbsent(key, any -> new TreeMap<>());
            for (int i = 2; i < words.length; i++) {
                times.remove(words[i]);
            }
        }
    }

    /** The reply of a command that ran, once a replica has what it did; null when that is not known. */
    private Reply done(String key, String... words) {
        RespClient[] ran = new RespClient[1];
        Reply reply = call(key, ran, words);
        if (reply == null || isNotNow(reply)) {
            return null;
        }
        try {
            return ran[0].call("WAIT", "1", "2000").text().equals("0") ? null : reply;
        } catch (IOException e) {
            forget(key, ran[0]);
            return null;
        }
    }

    private static boolean isNotNow(Reply reply) {
        return reply.isError() && NOT_NOW.stream().anyMatch(reply.text()::startsWith);
    }

    private void forget(String key, RespClient broken) {
        connections.values().remove(broken);
        ports[slot(key)] = 0;
    }

    private static int slot(String key) {
        return Slot.of(key.getBytes(StandardCharsets.US_ASCII));
    }

    /** Follows MOVED and ASK; null when the outcome is not known. */
    private Reply call(String key, RespClient[] ran, String... words) {
        int slot = slot(key);
        if (ports[slot] == 0) {
            List<ClusterNode> up =
                    cluster.nodes().stream().filter(ClusterNode::runs).toList();
            ports[slot] = up.get(random.nextInt(up.size())).port();
        }
        int asked = 0;
        try {
            for (int i = 0; i < REDIRECTS; i++) {
                ran[0] = connection(asked == 0 ? ports[slot] : asked);
                if (asked != 0) {
                    ran[0].call("ASKING");
                }
                Reply reply = ran[0].call(words);
                String text = reply.isError() ? reply.text() : "";
                if (text.startsWith("MOVED ")) {
                    ports[slot] = port(text);
                    asked = 0;
                } else if (text.startsWith("ASK ")) {
                    asked = port(text);
                } else {
                    return reply;
                }
            }
        } catch (IOException e) {
            forget(key, ran[0]);
        }
        return null;
    }

    private static int port(String redirect) {
        return Integer.parseInt(redirect.substring(redirect.lastIndexOf(':') + 1));
    }

    private RespClient connection(int port) throws IOException {
        RespClient client = connections.get(port);
        if (client == null) {
            client = new RespClient(port);
            connections.put(port, client);
        }
        return client;
    }

    /** All of a key's value and its times, as the cluster has it. */
    String held(String key) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        for (String[] look : EveryTypeCommands.looks(key)) {
            text.append(text(look, served(key, look)));
        }
        for (Map.Entry<String, String> time :
                fieldTimes.getOrDefault(key, Map.of()).entrySet()) {
            Reply times = served(key, "HPEXPIRETIME", key, "FIELDS", "1", time.getKey());
            text.append(time.getKey()).append('=').append(times);
        }
        return text.toString();
    }

    /** The same, as it was acknowledged. */
    String acknowledged(String key) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String[] look : EveryTypeCommands.looks(key)) {
            text.append(text(look, shadow.call(look)));
        }
        fieldTimes
                .getOrDefault(key, Map.of())
                .forEach((field, time) ->
                        text.append(field).append("=[").append(time).append(']'));
        return text.toString();
    }

    /** What has no order is sorted; what Redis does not replicate is left out. */
    private static String text(String[] look, Reply reply) {
        List<String> parts = reply.elements().stream().map(Reply::toString).toList();
        return switch (look[0]) {
            case "SMEMBERS" -> parts.stream().sorted().toList().toString();
            case "HGETALL" -> pairs(parts);
            case "XINFO" -> groups(reply);
            default -> reply.toString();
        };
    }

    private static String pairs(List<String> parts) {
        Map<String, String> fields = new TreeMap<>();
        for (int i = 0; i + 1 < parts.size(); i += 2) {
            fields.put(parts.get(i), parts.get(i + 1));
        }
        return fields.toString();
    }

    /** Without the times, which each server takes, and a group's entries-read and lag, which the log does not carry. */
    private static String groups(Reply stream) {
        if (stream.isError()) {
            return stream.toString();
        }
        StringBuilder text = new StringBuilder();
        for (String name : List.of("length", "last-generated-id", "max-deleted-entry-id", "entries-added")) {
            text.append(name).append(' ').append(value(stream, name)).append(' ');
        }
        for (Reply group : value(stream, "groups").elements()) {
            for (String name : List.of("name", "last-delivered-id", "pel-count")) {
                text.append(name).append(' ').append(value(group, name)).append(' ');
            }
            for (Reply consumer : value(group, "consumers").elements()) {
                text.append(value(consumer, "name")).append(value(consumer, "pel-count"));
            }
            text.append(deliveries(group));
        }
        return text.toString();
    }

    /** Of each delivery that is not acknowledged its entry, its consumer and how often it was made. */
    private static String deliveries(Reply group) {
        return value(group, "pending").elements().stream()
                .map(Reply::elements)
                .map(delivery -> delivery.get(0) + " " + delivery.get(1) + " " + delivery.get(3))
                .collect(Collectors.joining(","));
    }

    private static Reply value(Reply fields, String name) {
        for (int i = 0; i + 1 < fields.elements().size(); i += 2) {
            if (fields.elements().get(i).text().equals(name)) {
                return fields.elements().get(i + 1);
            }
        }
        throw new IllegalStateException(name + " is not in " + fields);
    }

    private Reply served(String key, String... words) throws InterruptedException, IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (System.nanoTime() < deadline) {
            Reply reply = call(key, new RespClient[1], words);
            if (reply != null && !isNotNow(reply)) {
                return reply;
            }
            // A busy machine may cost a primary its lease for a moment.
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        }
        throw new IOException(key + " is not served");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (RespClient client : connections.values()) {
            client.close();
        }
        shadow.close();
        redis.close();
    }
}
