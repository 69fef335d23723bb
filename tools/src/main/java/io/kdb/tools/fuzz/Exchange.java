package io.kdb.tools.fuzz;

import io.kdb.tools.client.Address;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A connection to each server, on which both get the same commands at once. Owner: the fuzzer's thread. */
final class Exchange implements Closeable {
    /** Where the replies differ. */
    record Mismatch(int step, String redis, String kdb) {}

    private static final byte[] QUEUED = "+QUEUED\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Wire redis;
    private final Wire kdb;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    /** How the replies of what the open transaction has queued are compared. */
    private final List<Tolerance> queued = new ArrayList<>();

    private int fences;

    Exchange(Address redis, Address kdb) throws IOException {
        this.redis = new Wire(redis);
        this.kdb = new Wire(kdb);
    }

    /**
     * Sends steps {@code from} to {@code to} and compares what comes back; null: all alike.
     *
     * <p>Note: a PING with a word of its own ends them, so that pushes and commands of several replies need no counting. In
     * a transaction it is queued, as its last command.
     */
    Mismatch run(List<Step> steps, int from, int to) throws IOException {
        out.reset();
        for (Step step : steps.subList(from, to)) {
            step.writeTo(out);
        }
        String fenceWord = "fence-" + fences++ + ";";
        Step.of("PING", fenceWord).writeTo(out);
        redis.send(out);
        kdb.send(out);
        byte[] fence = fenceWord.getBytes(StandardCharsets.ISO_8859_1);
        int at = from;
        while (true) {
            while (at < to && steps.get(at).pushed()) {
                at++;
            }
            Step step = steps.get(Math.min(at, to - 1));
            Mismatch mismatch = next(step, Math.min(at, to - 1), fence);
            if (mismatch != null || redis.endsWith(fence)) {
                return mismatch;
            }
            if (redis.isSameAs(QUEUED)) {
                queued.add(at < to ? step.tolerance() : Tolerance.EXACT);
                if (at >= to) {
                    return null;
                }
            } else if (at < to && step.endsTransaction()) {
                queued.clear();
            }
            if (redis.array()[redis.start()] != '>') {
                at++;
            }
        }
    }

    /** The next frame of both. */
    private Mismatch next(Step step, int at, byte[] fence) throws IOException {
        try {
            redis.next();
        } catch (IOException e) {
            return new Mismatch(at, e.toString(), "?");
        }
        try {
            kdb.next();
        } catch (IOException e) {
            return new Mismatch(at, redis.frame().notation(), e.toString());
        }
        if (redis.isSameAs(kdb)) {
            return null;
        }
        Frame one = redis.frame();
        Frame two = kdb.frame();
        boolean fenced = redis.endsWith(fence) || kdb.endsWith(fence);
        boolean alike = !fenced
                && (step.endsTransaction()
                        ? alikeInside(one, two)
                        : step.tolerance().alike(one, two));
        return alike ? null : new Mismatch(at, one.notation(), two.notation());
    }

    /** The replies of a transaction, each as its command wants it. */
    private boolean alikeInside(Frame one, Frame two) {
        int count = queued.size();
        return one.type() == two.type()
                && one.elements().size() == count
                && two.elements().size() == count
                && IntStream.range(0, count).allMatch(i -> queued.get(i)
                        .alike(one.elements().get(i), two.elements().get(i)));
    }

    /** The replies of both to commands that each answer once: Redis' first. */
    List<List<Frame>> ask(List<Step> forRedis, List<Step> forKdb) throws IOException {
        send(redis, forRedis);
        send(kdb, forKdb);
        return List.of(read(redis, forRedis.size()), read(kdb, forKdb.size()));
    }

    /** As many frames of both that come without being asked for: Redis' first. */
    List<List<Frame>> read(int count) throws IOException {
        return List.of(read(redis, count), read(kdb, count));
    }

    private void send(Wire wire, List<Step> steps) throws IOException {
        out.reset();
        for (Step step : steps) {
            step.writeTo(out);
        }
        wire.send(out);
    }

    private static List<Frame> read(Wire wire, int count) throws IOException {
        List<Frame> frames = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            wire.next();
            frames.add(wire.frame());
        }
        return frames;
    }

    @Override
    public void close() throws IOException {
        redis.close();
        kdb.close();
    }
}
