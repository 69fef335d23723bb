package io.kdb.server.commands;

/**
 * From registers to a number of elements: the estimator of Otmar Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches" (2017), in the order of operations that Redis has, so that the doubles are the same. Stateless.
 */
final class HyperLogLogEstimate {
    private static final double M = HyperLogLog.REGISTERS;
    private static final int Q = 50;
    private static final double ALPHA_INFINITE = 0.7213475204444817; // 1 / (2 ln 2)

    private HyperLogLogEstimate() {}

    /** Of how many registers have each value. */
    static long of(int[] histogram) {
        double z = M * tau((M - histogram[Q + 1]) / M);
        for (int value = Q; value >= 1; value--) {
            z += histogram[value];
            z *= 0.5;
        }
        z += M * sigma(histogram[0] / M);
        return Math.round(ALPHA_INFINITE * M * M / z);
    }

    private static double sigma(double of) {
        if (of == 1) {
            return Double.POSITIVE_INFINITY;
        }
        double x = of;
        double y = 1;
        double z = x;
        double before;
        do {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        } while (before != z);
        return z;
    }

    private static double tau(double of) {
        if (of == 0 || of == 1) {
            return 0;
        }
        double x = of;
        double y = 1;
        double z = 1 - x;
        double before;
        do {
            x = Math.sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        } while (before != z);
        return z / 3;
    }
}
