package io.kdb.tools.fuzz;

import java.util.List;
import java.util.stream.IntStream;

/** How far two replies may differ. */
public enum Tolerance {
    /** Not at all. */
    EXACT {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.equals(kdb);
        }
    },
    /** The order of elements, at every depth. */
    UNORDERED {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.sorted().equals(kdb.sorted());
        }
    },
    /** The order of pairs: of a map, or of an array of field, value, field, value. */
    PAIRS {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.type() == kdb.type() && pairs(redis).equals(pairs(kdb));
        }
    },
    /** The order of places that are equally far: it depends on the sort of Redis' C library. Without distances, all order. */
    DISTANCES {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.sorted().equals(kdb.sorted()) && distances(redis).equals(distances(kdb));
        }
    },
    /** The order of strings that are alike up to a zero byte, where Redis' comparison in the C locale ends. */
    ZERO_ENDED {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.type() == kdb.type() && untilZero(redis).equals(untilZero(kdb));
        }
    },
    /** Any number where kdb finds a corrupted HyperLogLog: Redis does so only since a fix that not every 7.0.15 has. */
    CORRUPTED {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.equals(kdb) || redis.type() == ':' && kdb.text().startsWith("INVALIDOBJ ");
        }
    },
    /** Numbers by so much as the two servers' clocks may have been read apart. */
    TIMED {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            if (redis.type() != kdb.type()
                    || redis.elements().size() != kdb.elements().size()) {
                return false;
            }
            if (redis.type() == ':') {
                long one = Long.parseLong(redis.text());
                long two = Long.parseLong(kdb.text());
                return one == two || one >= 0 && two >= 0 && Math.abs(one - two) < SLACK;
            }
            return redis.text().equals(kdb.text())
                    && IntStream.range(0, redis.elements().size())
                            .allMatch(i -> alike(
                                    redis.elements().get(i), kdb.elements().get(i)));
        }
    },
    /** Everything but the type and the number of elements; errors must be the same. For random choices. */
    SHAPE {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.type() == kdb.type()
                    && redis.elements().size() == kdb.elements().size()
                    && (redis.type() != '-' || redis.equals(kdb));
        }
    },
    /** Everything but the type. For what each server may have its own words for. */
    TYPE {
        @Override
        boolean alike(Frame redis, Frame kdb) {
            return redis.type() == kdb.type();
        }
    };

    private static final long SLACK = 60_000;

    abstract boolean alike(Frame redis, Frame kdb);

    /** What stands behind each place's name, if that may be its distance. */
    private static List<String> distances(Frame frame) {
        return frame.elements().stream()
                .filter(place -> place.elements().size() > 1)
                .map(place -> place.elements().get(1))
                .filter(second -> second.type() == '$')
                .map(Frame::text)
                .toList();
    }

    private static List<String> untilZero(Frame frame) {
        if (frame.elements().isEmpty()) {
            return List.of(frame.notation());
        }
        return frame.elements().stream()
                .map(element -> element.type() == '$' ? element.text().split("\0", -1)[0] : element.notation())
                .toList();
    }

    private static List<String> pairs(Frame frame) {
        List<Frame> elements = frame.elements();
        if (elements.size() % 2 != 0) {
            return List.of(frame.notation());
        }
        return IntStream.range(0, elements.size() / 2)
                .mapToObj(i -> elements.get(2 * i).notation() + " "
                        + elements.get(2 * i + 1).notation())
                .sorted()
                .toList();
    }
}
