package io.kdb.server.store;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Random GET and SET of 16-byte keys and 64-byte values through lock, hash and table; in batches of 16 with the touch passes
 * before them, and alone. Run with -prof gc: the wanted garbage is 0 B.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgs = {"-Xmx3g", "-XX:G1HeapRegionSize=1m", "-XX:+UseTransparentHugePages"})
public class KeyTableBenchmark {
    private static final int BATCH = 16;

    @Param({"1000000", "10000000"})
    public int keys;

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[][] batch = new byte[BATCH][16];
    private final long[] hashes = new long[BATCH];
    private final byte[] value = new byte[64];
    private Keyspace keyspace;
    private KeyTouch touch;

    @Setup(Level.Trial)
    public void load() {
        keyspace = new Keyspace(KeyspaceOptions.standalone());
        keyspace.pool().startFiller();
        touch = new KeyTouch(keyspace);
        for (int i = 0; i < keys; i++) {
            name(batch[0], i);
            set(batch[0], KeyHash.hash(batch[0]));
        }
        System.out.printf(
                "%n%d keys: %.1f B of used memory and %.1f B of pages a key%n",
                keys,
                (double) keyspace.usedMemory() / keys,
                (double) keyspace.pool().pageBytesTotal() / keys);
    }

    private static void name(byte[] key, int number) {
        Bytes.putLong(key, 0, 0x3A79656B3A79656BL);
        Bytes.putLong(key, 8, number * 0x9E3779B97F4A7C15L);
    }

    private void draw() {
        for (int i = 0; i < BATCH; i++) {
            name(batch[i], random.nextInt(keys));
            hashes[i] = KeyHash.hash(batch[i], 0, 16);
        }
    }

    private long touch() {
        touch.clear();
        for (int i = 0; i < BATCH; i++) {
            touch.add(0, -1, hashes[i]);
        }
        return touch.touch();
    }

    private long get(byte[] key, long hash) {
        Segment segment = keyspace.segment(-1, hash);
        segment.lock();
        KeyTable table = keyspace.table(0, -1, hash);
        long ref = table.find(key, 0, 16, hash);
        table.accessed(ref);
        long sum = Bytes.getLong(table.valueArray(ref), table.valueOffset(ref) + 56);
        segment.unlock();
        return sum;
    }

    private long set(byte[] key, long hash) {
        Segment segment = keyspace.segment(-1, hash);
        segment.lock();
        KeyTable table = keyspace.table(0, -1, hash);
        long ref = table.find(key, 0, 16, hash);
        ref = table.putString(ref, key, 0, 16, hash, value, 0, 64, KeyTable.NO_EXPIRY);
        segment.unlock();
        return ref;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long getAlone() {
        draw();
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += get(batch[i], hashes[i]);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long getTouched() {
        draw();
        long sum = touch();
        for (int i = 0; i < BATCH; i++) {
            sum += get(batch[i], hashes[i]);
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long setTouched() {
        draw();
        long sum = touch();
        for (int i = 0; i < BATCH; i++) {
            sum += set(batch[i], hashes[i]);
        }
        return sum;
    }
}
