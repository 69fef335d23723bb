package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The collections whose memory is compared, elements named as redis-benchmark's random numbers are. */
enum BigCollection {
    HASHES("hashes of 10 fields", 10) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            for (long n = from; n < to; n++) {
                List<String> words = new ArrayList<>(List.of("HSET", "hash:" + digits(n)));
                for (int field = 0; field < 10; field++) {
                    words.add("field" + field);
                    words.add("value:" + (n * 10 + field));
                }
                filler.send(words);
            }
        }
    },
    HASH("fields of one hash", 2) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            List<String> words = new ArrayList<>(List.of("HSET", "bighash"));
            for (long n = from; n < to; n++) {
                words.add(digits(n));
                words.add("value:" + n);
            }
            filler.send(words);
        }
    },
    ZSET("members of one sorted set", 2) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            List<String> words = new ArrayList<>(List.of("ZADD", "bigzset"));
            for (long n = from; n < to; n++) {
                words.add(Long.toString(mixed(n) % 1_000_000_007L));
                words.add(digits(n));
            }
            filler.send(words);
        }
    },
    LIST("elements of one list", 1) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            List<String> words = new ArrayList<>(List.of("RPUSH", "biglist"));
            for (long n = from; n < to; n++) {
                words.add("element:" + n);
            }
            filler.send(words);
        }
    },
    SET("members of one set", 2) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            List<String> words = new ArrayList<>(List.of("SADD", "bigset"));
            for (long n = from; n < to; n++) {
                words.add("member:" + digits(n));
            }
            filler.send(words);
        }
    },
    STREAM("entries of one stream", 2) {
        @Override
        void add(Filler filler, long from, long to) throws IOException {
            for (long n = from; n < to; n++) {
                filler.send(List.of("XADD", "bigstream", (n + 1) + "-0", "field", "value:" + n));
            }
        }
    };

    private static final int BATCH = 100;

    final String title;
    private final int part;

    /** {@code part}: how many times fewer elements than the list has. */
    BigCollection(String title, int part) {
        this.title = title;
        this.part = part;
    }

    /** Adds the elements numbered from (inclusive) to (exclusive). */
    abstract void add(Filler filler, long from, long to) throws IOException;

    /** How many elements it has beside a list of so many. */
    long count(long listElements) {
        return listElements / part;
    }

    void fill(Address address, long count) throws IOException {
        try (Filler filler = new Filler(address)) {
            for (long n = 0; n < count; n += BATCH) {
                add(filler, n, Math.min(count, n + BATCH));
            }
            filler.drain();
        }
    }

    private static String digits(long number) {
        return String.format(Locale.ROOT, "%012d", number);
    }

    private static long mixed(long number) {
        long x = number * 0x9E3779B97F4A7C15L;
        return (x ^ (x >>> 32)) & Long.MAX_VALUE;
    }
}
