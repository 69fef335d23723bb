package io.kdb.compat.transcript;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.compat.RunningServer;
import io.kdb.server.KdbServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** Random commands, right and wrong ones, get the same replies from kdb and from a real Redis. */
class DifferentialTest {
    private static final int COMMANDS = 400;
    private static final long TIME_SLACK = 30_000;
    private static final long FAR_MS = 32_503_680_000_000L;

    @TempDir
    private static Path directory;

    private static RunningServer redis;
    private static KdbServer kdb;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        redis = RunningServer.redis();
        kdb = KdbServer.start(TranscriptTest.config(directory));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        kdb.close();
        redis.close();
    }

    @RepeatedTest(30)
    void answersAlike(RepetitionInfo repetition) throws IOException {
        long seed = repetition.getCurrentRepetition();
        Generator generator = new Generator(seed);
        List<String> history = new ArrayList<>();
        try (TranscriptClient onRedis = new TranscriptClient(redis.port());
                TranscriptClient onKdb = new TranscriptClient(kdb.port())) {
            if (seed % 3 == 0) {
                both(onRedis, onKdb, List.of("HELLO", "3"));
            }
            for (int i = 0; i < COMMANDS; i++) {
                List<String> command = generator.command();
                history.add(command.stream().map(Reply::quoted).collect(Collectors.joining(" ")));
                Reply[] replies = both(onRedis, onKdb, command);
                if (!alike(replies[0], replies[1], isTimed(command.get(0)))) {
                    assertEquals(
                            replies[0].notation(),
                            replies[1].notation(),
                            () -> "seed " + seed + ", the last commands:\n"
                                    + String.join(
                                            "\n", history.subList(Math.max(0, history.size() - 12), history.size())));
                }
            }
        }
    }

    /** Values that arrive, are kept, sent and logged in pieces, around the sizes of those. */
    @RepeatedTest(8)
    void keepsLargeValuesAlike(RepetitionInfo repetition) throws IOException {
        Random random = new Random(repetition.getCurrentRepetition());
        int size = (1 << 16 + random.nextInt(7)) + random.nextInt(50) - 25;
        String value = bytes(random, size);
        String more = bytes(random, 1 + random.nextInt(3_000_000));
        String key = "large" + repetition.getCurrentRepetition();
        String at = Integer.toString(random.nextInt(2 * size));
        try (TranscriptClient onRedis = new TranscriptClient(redis.port());
                TranscriptClient onKdb = new TranscriptClient(kdb.port())) {
            for (List<String> command : List.of(
                    List.of("SET", key, value),
                    List.of("GET", key),
                    List.of("APPEND", key, more),
                    List.of("SETRANGE", key, at, value),
                    List.of("GETRANGE", key, at, "-10"),
                    List.of("GETSET", key, more),
                    List.of("MSET", key, value, key + "b", more),
                    List.of("MGET", key, key + "b"),
                    List.of("RENAME", key + "b", key + "c"),
                    List.of("COPY", key + "c", key, "REPLACE"),
                    List.of("SET", key + "d", value, "GET", "PX", "100000"),
                    List.of("GETEX", key + "d", "PERSIST"),
                    List.of("GETDEL", key + "d"),
                    List.of("GET", key))) {
                Reply[] replies = both(onRedis, onKdb, command);
                assertEquals(replies[0], replies[1], command.get(0));
            }
            String[] payloads = new String[2];
            Reply[] dumps = both(onRedis, onKdb, List.of("DUMP", key));
            for (int i = 0; i < 2; i++) {
                payloads[i] = dumps[i].text();
            }
            onRedis.send("", List.of("RESTORE", key, "0", payloads[1], "REPLACE"));
            onKdb.send("", List.of("RESTORE", key, "0", payloads[0], "REPLACE"));
            assertEquals("OK", onRedis.read("").text());
            assertEquals("OK", onKdb.read("").text());
            Reply[] restored = both(onRedis, onKdb, List.of("GET", key));
            assertEquals(more, restored[0].text());
            assertEquals(more, restored[1].text());
        }
    }

    private static String bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Reply[] both(TranscriptClient onRedis, TranscriptClient onKdb, List<String> command)
            throws IOException {
        onRedis.send("", command);
        onKdb.send("", command);
        return new Reply[] {onRedis.read(""), onKdb.read("")};
    }

    private static boolean isTimed(String name) {
        return name.endsWith("TTL") || name.endsWith("EXPIRETIME");
    }

    private static boolean alike(Reply expected, Reply actual, boolean timed) {
        if (timed && expected.type() == ':' && actual.type() == ':') {
            long one = Long.parseLong(expected.text());
            long two = Long.parseLong(actual.text());
            return one == two || one > 0 && two > 0 && Math.abs(one - two) < TIME_SLACK;
        }
        return expected.equals(actual);
    }

    /** Commands over a few keys, so that they meet. */
    private static final class Generator {
        private static final List<String> NUMBERS = List.of(
                "0",
                "1",
                "-1",
                "5",
                "9999",
                "10000",
                "-0",
                "01",
                "+1",
                " 1",
                "",
                "abc",
                "1.5",
                "3.0",
                "1e3",
                "-7.25",
                "0.1",
                "1e-7",
                "123456789.1",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "2147483648",
                "4294967296",
                "18446744073709551616",
                "1e20",
                "0x10",
                "inf",
                "nan",
                "99999999999999999999");
        private static final List<String> OPTIONS = List.of(
                "NX",
                "XX",
                "GET",
                "KEEPTTL",
                "PERSIST",
                "GT",
                "LT",
                "REPLACE",
                "nx",
                "ABSTTL",
                "LEN",
                "IDX",
                "WITHMATCHLEN",
                "FOO",
                "");
        private final Random random;
        private final String prefix;

        Generator(long seed) {
            random = new Random(seed);
            prefix = "k" + seed + ":";
        }

        private String one(List<String> of) {
            return of.get(random.nextInt(of.size()));
        }

        private String key() {
            return prefix + random.nextInt(6);
        }

        private String number() {
            return switch (random.nextInt(6)) {
                case 0 -> one(NUMBERS);
                case 1 -> Long.toString(random.nextLong());
                case 2 -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(24) - 6));
                case 3 -> random.nextInt(1000000) + "." + random.nextInt(1000000);
                default -> Integer.toString(random.nextInt(40) - 20);
            };
        }

        private String value() {
            return switch (random.nextInt(5)) {
                case 0 -> letters(random.nextInt(8), 3);
                case 1 -> letters(random.nextInt(100), 3);
                case 2 -> letters(random.nextInt(random.nextInt(8) == 0 ? 40_000 : 50), 256);
                default -> number();
            };
        }

        private String letters(int length, int alphabet) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < length; i++) {
                text.append((char) (alphabet == 256 ? random.nextInt(256) : 'a' + random.nextInt(alphabet)));
            }
            return text.toString();
        }

        private String relative(boolean ms) {
            return random.nextInt(5) == 0
                    ? noShortTime()
                    : Integer.toString((1000 + random.nextInt(1000)) * (ms ? 1000 : 1));
        }

        /** A number, but none after which a key lives for so short a time that the two servers may disagree. */
        private String noShortTime() {
            String number = number();
            return number.matches("[0-9]{1,6}") && !number.startsWith("0") ? "-" + number : number;
        }

        private String absolute(boolean ms) {
            return random.nextInt(5) == 0
                    ? number()
                    : Long.toString((FAR_MS + random.nextInt(9) * 1000) / (ms ? 1 : 1000));
        }

        private void addOptions(List<String> words) {
            while (random.nextInt(3) == 0) {
                switch (random.nextInt(6)) {
                    case 0 -> words.addAll(List.of("EX", relative(false)));
                    case 1 -> words.addAll(List.of("PX", relative(true)));
                    case 2 -> words.addAll(List.of("EXAT", absolute(false)));
                    case 3 -> words.addAll(List.of("pxat", absolute(true)));
                    default -> words.add(one(OPTIONS));
                }
            }
        }

        List<String> command() {
            List<String> words = new ArrayList<>(words());
            if (random.nextInt(60) == 0) {
                words.remove(words.size() - 1);
            } else if (random.nextInt(60) == 0) {
                words.add(value());
            }
            return words.isEmpty() ? List.of("GET") : words;
        }

        private List<String> words() {
            List<String> words;
            switch (random.nextInt(34)) {
                case 0, 1, 2:
                    words = new ArrayList<>(List.of("SET", key(), value()));
                    addOptions(words);
                    return words;
                case 3, 4:
                    return List.of("GET", key());
                case 5:
                    words = new ArrayList<>(List.of("GETEX", key()));
                    addOptions(words);
                    return words;
                case 6:
                    return List.of(one(List.of("SETNX", "GETSET")), key(), value());
                case 7:
                    return List.of("GETDEL", key());
                case 8:
                    return List.of("SETEX", key(), relative(false), value());
                case 9:
                    return List.of("PSETEX", key(), relative(true), value());
                case 10:
                    return List.of("MGET", key(), key(), key());
                case 11:
                    return List.of("MSET", key(), value(), key(), value());
                case 12:
                    return List.of("MSETNX", key(), value(), key(), value());
                case 13, 14:
                    return List.of("APPEND", key(), value());
                case 15:
                    return List.of("STRLEN", key());
                case 16:
                    return List.of(
                            "SETRANGE", key(), random.nextInt(5) == 0 ? number() : "" + random.nextInt(60), value());
                case 17:
                    return List.of(one(List.of("GETRANGE", "SUBSTR")), key(), number(), number());
                case 18:
                    words = new ArrayList<>(List.of("LCS", key(), key()));
                    if (random.nextBoolean()) {
                        words.add(one(List.of("IDX", "LEN", "WITHMATCHLEN")));
                    }
                    if (random.nextInt(3) == 0) {
                        words.addAll(List.of("MINMATCHLEN", number(), "WITHMATCHLEN"));
                    }
                    return words;
                case 19, 20:
                    return List.of(one(List.of("INCR", "DECR")), key());
                case 21:
                    return List.of(one(List.of("INCRBY", "DECRBY")), key(), number());
                case 22, 23, 24:
                    return List.of("INCRBYFLOAT", key(), number());
                case 25:
                    words = new ArrayList<>(List.of("EXPIRE", key(), relative(false)));
                    addOptions(words);
                    return words;
                case 26:
                    words = new ArrayList<>(List.of("PEXPIREAT", key(), absolute(true)));
                    if (random.nextBoolean()) {
                        words.add(one(List.of("NX", "XX", "GT", "LT")));
                    }
                    return words;
                case 27:
                    return List.of(one(List.of("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")), key());
                case 28:
                    return List.of("PERSIST", key());
                case 29:
                    return List.of(one(List.of("DEL", "UNLINK", "EXISTS", "TOUCH")), key(), key());
                case 30:
                    return List.of(one(List.of("RENAME", "RENAMENX")), key(), key());
                case 31:
                    words = new ArrayList<>(List.of("COPY", key(), key()));
                    if (random.nextBoolean()) {
                        words.add("REPLACE");
                    }
                    return words;
                case 32:
                    return List.of("OBJECT", "ENCODING", key());
                default:
                    return List.of("TYPE", key());
            }
        }
    }
}
