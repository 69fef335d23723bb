package io.kdb.tools.bench;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Numbers below a limit by Zipf's law: number k comes with a weight of 1 / (k + 1)^exponent. Owner: one thread. */
final class Zipf {
    private final double[] upTo;
    private final SplittableRandom random;

    Zipf(int limit, double exponent, long seed) {
        upTo = new double[limit];
        double sum = 0;
        for (int k = 0; k < limit; k++) {
            sum += 1 / Math.pow(k + 1, exponent);
            upTo[k] = sum;
        }
        random = new SplittableRandom(seed);
    }

    int next() {
        int at = Arrays.binarySearch(upTo, random.nextDouble(upTo[upTo.length - 1]));
        return at >= 0 ? at : -at - 1;
    }
}
