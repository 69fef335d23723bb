package io.kdb.resp;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Nanoseconds and bytes per pipelined request: {@code mvn -Pbench -pl resp -am -DskipTests package}, then JMH's main. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class RequestDecoderBenchmark {
    private static final int REQUESTS = 64;

    @Param({"GET", "SET"})
    public String command;

    private byte[] read;
    private int length;
    private final RequestBatch batch = new RequestBatch();
    private final RequestDecoder decoder = new RequestDecoder();
    private final ReplyBuffer replies = new ReplyBuffer(new ChunkPool(1 << 20));
    private final ReplyWriter writer = new ReplyWriter(replies);
    private final byte[] value = "v".repeat(64).getBytes(StandardCharsets.ISO_8859_1);
    private long sent;
    private final ReplyBuffer.Sink sink = (bytes, offset, n) -> sent += n;

    @Setup
    public void fill() {
        Random random = new Random(7);
        read = new byte[256 * 1024];
        length = 0;
        for (int i = 0; i < REQUESTS; i++) {
            String key = "key:" + (100_000_000_000L + random.nextInt(1_000_000));
            byte[] request = command.equals("GET")
                    ? RequestEncoder.encode("GET", key)
                    : RequestEncoder.encode("SET", key, "v".repeat(64));
            System.arraycopy(request, 0, read, length, request.length);
            length += request.length;
        }
    }

    /** Decoding alone. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int decode() {
        batch.clear();
        return decoder.decode(read, 0, length, batch);
    }

    /** Decoding, and looking at every argument's place. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int decodeAndVisit() {
        batch.clear();
        decoder.decode(read, 0, length, batch);
        int sum = 0;
        for (int r = 0; r < batch.size(); r++) {
            Arguments request = batch.get(r);
            for (int i = 0; i < request.count(); i++) {
                sum += request.array(i)[request.offset(i)] + request.length(i);
            }
        }
        return sum;
    }

    /** The same cut into two reads inside a request. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int decodeCutInTwo() {
        batch.clear();
        int middle = length / 2 + 11;
        int end = decoder.decode(read, 0, middle, batch);
        batch.clear();
        return decoder.decode(read, end, length, batch);
    }

    /** The replies to them: 64-byte bulks, or OK. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public long reply() {
        for (int r = 0; r < REQUESTS; r++) {
            if (command.equals("GET")) {
                writer.bulk(value, 0, value.length);
            } else {
                writer.ok();
            }
        }
        replies.drain(sink);
        return sent;
    }
}
