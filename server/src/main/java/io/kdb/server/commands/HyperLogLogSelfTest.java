package io.kdb.server.commands;

import io.kdb.server.commands.HyperLogLog.Corrupted;
import java.util.Random;

/** PFSELFTEST: registers keep what is put into them, both forms agree, and estimates err as little as they must. Stateless. */
final class HyperLogLogSelfTest {
    private static final int ELEMENTS = 200_000;
    private static final long ALWAYS_SPARSE = Long.MAX_VALUE;
    /** Of the estimates, six times over: 1.04 / sqrt(16384). */
    private static final double ERROR = 6 * 1.04 / 128;

    private HyperLogLogSelfTest() {}

    /** What is wrong, in words; empty when nothing is. */
    static String problem() {
        try {
            String registers = registers();
            return registers.isEmpty() ? estimates() : registers;
        } catch (Corrupted e) {
            return e.getMessage();
        }
    }

    private static String registers() {
        Random random = new Random(1);
        byte[] dense = new byte[HyperLogLog.DENSE_BYTES];
        byte[] plain = new byte[HyperLogLog.REGISTERS];
        for (int i = 0; i < 4 * HyperLogLog.REGISTERS; i++) {
            int register = random.nextInt(HyperLogLog.REGISTERS);
            int value = random.nextInt(64);
            HyperLogLog.raiseDense(dense, HyperLogLog.HEADER, register, value);
            plain[register] = (byte) Math.max(plain[register], value);
        }
        for (int i = 0; i < plain.length; i++) {
            int found = HyperLogLog.dense(dense, HyperLogLog.HEADER, i);
            if (found != plain[i]) {
                return "Register " + i + " should be " + plain[i] + " but is " + found;
            }
        }
        return "";
    }

    private static String estimates() throws Corrupted {
        HyperLogLog dense = HyperLogLog.empty();
        dense.toDense();
        HyperLogLog sparse = HyperLogLog.empty();
        byte[] element = new byte[8];
        for (int i = 1; i <= ELEMENTS; i++) {
            for (int b = 0; b < 8; b++) {
                element[b] = (byte) ((long) i * 0x9E3779B97F4A7C15L >> 8 * b);
            }
            long hash = MurmurHash.hash(element, 0, element.length, i);
            dense.add(hash, 0);
            if (i <= 10_000) {
                sparse.add(hash, ALWAYS_SPARSE);
            }
            if (i == 1_000 || i == 10_000) {
                if (sparse.count() != dense.count()) {
                    return "dense and sparse disagree at " + i + " elements";
                }
            }
            if (i % 20_000 == 0 && Math.abs(dense.count() - i) > ERROR * i) {
                return "estimate " + dense.count() + " for " + i + " elements";
            }
        }
        return "";
    }
}
