package io.kdb.tools.fuzz;

import io.kdb.tools.fuzz.Exchange.Mismatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compares all keys of both servers by value, type, encoding and time to live, then loads each one's DUMP into the other
 * and compares the copies. Owner: the fuzzer's thread.
 */
final class KeyspaceCheck {
    private static final String COPY = "copy:";
    private static final Step DIGEST = Step.of("DEBUG", "DIGEST");

    /** How a value is read, by its type. */
    private static final Map<String, List<Question>> READ = Map.of(
            "string",
            List.of(new Question(Tolerance.EXACT, "GET", "")),
            "list",
            List.of(new Question(Tolerance.EXACT, "LRANGE", "", "0", "-1")),
            "set",
            List.of(new Question(Tolerance.UNORDERED, "SMEMBERS", "")),
            "zset",
            List.of(new Question(Tolerance.EXACT, "ZRANGE", "", "0", "-1", "WITHSCORES")),
            "hash",
            List.of(new Question(Tolerance.PAIRS, "HGETALL", "")),
            "stream",
            List.of(
                    new Question(Tolerance.EXACT, "XRANGE", "", "-", "+"),
                    new Question(Tolerance.TIMED, "XINFO", "STREAM", "", "FULL", "COUNT", "0")));

    private static final List<Question> ABOUT = List.of(
            new Question(Tolerance.EXACT, "TYPE", ""),
            new Question(Tolerance.EXACT, "OBJECT", "ENCODING", ""),
            new Question(Tolerance.TIMED, "PTTL", ""));

    /** A command about a key, which stands in the place of the empty word. Immutable. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    private record Question(Tolerance tolerance, String... words) {
        Step about(String key) {
            List<String> filled = new ArrayList<>();
            for (String word : words) {
                filled.add(word.isEmpty() ? key : word);
            }
            return new Step(filled, tolerance, false, Step.ALONE);
        }
    }

    /** A question that was answered differently. */
    record Finding(String question, String redis, String kdb) {}

    private final Exchange exchange;

    KeyspaceCheck(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * The first difference in databases 0 to {@code databases} - 1; null: none. The copies are gone afterwards.
     *
     * <p>Note: the digest counts keys that are past their time, and SCAN deletes them.
     */
    Finding check(int databases) throws IOException {
        for (int db = 0; db < databases; db++) {
            List<Step> scan = List.of(Step.of("SELECT", Integer.toString(db)), Step.of("SCAN", "0", "COUNT", "10000"));
            exchange.ask(scan, scan);
        }
        Finding finding = ask(List.of(DIGEST));
        Finding precise = null;
        for (int db = 0; db < databases && precise == null; db++) {
            List<Step> select = List.of(Step.of("SELECT", Integer.toString(db)));
            exchange.ask(select, select);
            precise = checkDatabase();
        }
        return precise != null ? precise : finding;
    }

    private Finding checkDatabase() throws IOException {
        List<Step> keys = List.of(new Step(List.of("KEYS", "*"), Tolerance.UNORDERED, false, Step.ALONE));
        List<List<Frame>> found = exchange.ask(keys, keys);
        Finding finding = compare(keys, found);
        List<String> names =
                found.get(0).get(0).elements().stream().map(Frame::text).toList();
        if (finding != null || names.isEmpty()) {
            return finding;
        }
        finding = askAbout(names, ABOUT);
        if (finding != null) {
            return finding;
        }
        List<Step> types = names.stream().map(name -> Step.of("TYPE", name)).toList();
        List<String> typeNames =
                exchange.ask(types, types).get(0).stream().map(Frame::text).toList();
        finding = readAll(names, typeNames, "");
        return finding != null ? finding : exchangeCopies(names, typeNames);
    }

    private Finding askAbout(List<String> names, List<Question> questions) throws IOException {
        List<Step> steps = new ArrayList<>();
        for (String name : names) {
            questions.forEach(question -> steps.add(question.about(name)));
        }
        return ask(steps);
    }

    private Finding readAll(List<String> names, List<String> types, String before) throws IOException {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = before + names.get(i);
            READ.getOrDefault(types.get(i), List.of()).forEach(question -> steps.add(question.about(name)));
        }
        return ask(steps);
    }

    /** Each server gets the other's payloads, as copies beside the keys. */
    private Finding exchangeCopies(List<String> names, List<String> types) throws IOException {
        List<Step> dumps = names.stream().map(name -> Step.of("DUMP", name)).toList();
        List<List<Frame>> payloads = exchange.ask(dumps, dumps);
        List<Step> forRedis = restores(names, payloads.get(1));
        List<Step> forKdb = restores(names, payloads.get(0));
        List<List<Frame>> restored = exchange.ask(forRedis, forKdb);
        for (int i = 0; i < names.size(); i++) {
            Frame onRedis = restored.get(0).get(i);
            Frame onKdb = restored.get(1).get(i);
            if (!onRedis.text().equals("OK") || !onKdb.text().equals("OK")) {
                return new Finding(
                        "RESTORE of the other's DUMP of " + names.get(i), onRedis.notation(), onKdb.notation());
            }
        }
        List<String> copies = names.stream().map(name -> COPY + name).toList();
        Finding finding = askAbout(copies, ABOUT);
        finding = finding != null ? finding : readAll(names, types, COPY);
        List<Step> drops = copies.stream().map(name -> Step.of("DEL", name)).toList();
        exchange.ask(drops, drops);
        return finding;
    }

    private static List<Step> restores(List<String> names, List<Frame> payloads) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            steps.add(
                    Step.of("RESTORE", COPY + names.get(i), "0", payloads.get(i).text(), "REPLACE"));
        }
        return steps;
    }

    private Finding ask(List<Step> steps) throws IOException {
        if (steps.isEmpty()) {
            return null;
        }
        Mismatch mismatch = exchange.run(steps, 0, steps.size());
        return mismatch == null
                ? null
                : new Finding(steps.get(mismatch.step()).toString(), mismatch.redis(), mismatch.kdb());
    }

    private static Finding compare(List<Step> steps, List<List<Frame>> frames) {
        for (int i = 0; i < steps.size(); i++) {
            Frame redis = frames.get(0).get(i);
            Frame kdb = frames.get(1).get(i);
            if (!steps.get(i).tolerance().alike(redis, kdb)) {
                return new Finding(steps.get(i).toString(), redis.notation(), kdb.notation());
            }
        }
        return null;
    }
}
