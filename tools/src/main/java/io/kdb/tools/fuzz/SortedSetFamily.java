package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Sorted sets: by member, score and rank, and against each other. Owner: one round. */
final class SortedSetFamily implements CommandFamily {
    private static final List<String> SCORES = List.of(
            "0",
            "-0",
            "1",
            "1.5",
            "-1",
            "0.1",
            "1e17",
            "1e22",
            "-inf",
            "inf",
            "+inf",
            "4611686018427387904",
            "9007199254740993",
            "1e-320",
            "1.7976931348623157e308",
            "0x1p3",
            ".5",
            "3.");

    @Override
    public String name() {
        return "zsets";
    }

    @Override
    public int weight() {
        return 14;
    }

    @Override
    public void prepare(Dice dice, Script script) {
        String entries = dice.one("128", "0", "4", "30", "1000");
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "zset-max-listpack-entries", entries);
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "zset-max-listpack-value", dice.one("64", "64", "2", "1000"));
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(34)) {
            case 0, 1, 2, 3, 4 -> script.add(add(dice, key, dice.between(1, 4)));
            case 5, 6 -> script.add(add(dice, key, dice.between(1, dice.oneIn(8) ? 400 : 40)));
            case 7 -> script.add("ZINCRBY", key, score(dice), member(dice));
            case 8, 9 -> script.add(members(dice, "ZREM", key, dice.between(1, dice.oneIn(8) ? 100 : 3)));
            case 10 -> script.add("ZSCORE", key, member(dice));
            case 11 -> script.add(members(dice, "ZMSCORE", key, 4));
            case 12 -> script.add(dice.one("ZRANK", "ZREVRANK"), key, member(dice));
            case 13 -> script.add("ZCARD", key);
            case 14 -> script.add("ZCOUNT", key, bound(dice), bound(dice));
            case 15, 16 -> script.add(withScores(dice, "ZRANGE", key, dice.index(), dice.index()));
            case 17 -> script.add(withScores(dice, "ZREVRANGE", key, dice.index(), dice.index()));
            case 18, 19 -> script.add(byScore(dice, key));
            case 20 -> script.add(range(dice, new ArrayList<>(List.of("ZRANGE", key))));
            case 21 -> script.add(range(dice, new ArrayList<>(List.of("ZRANGESTORE", dice.key(), key))));
            case 22 -> script.add("ZREMRANGEBYRANK", key, dice.index(), dice.index());
            case 23 -> script.add("ZREMRANGEBYSCORE", key, bound(dice), bound(dice));
            case 24 -> pop(dice, script, key);
            case 25 -> mpop(dice, script);
            case 26 -> HashFamily.scan(dice, script, "ZSCAN", key);
            case 27 -> random(dice, script, key);
            case 28, 29 -> script.together(() -> algebra(dice, script));
            case 30, 31 -> script.together(() -> storedAlgebra(dice, script, key));
            case 32 -> {
                List<String> words = counted(dice, new ArrayList<>(List.of("ZINTERCARD")));
                if (dice.oneIn(2)) {
                    words.addAll(List.of(dice.cased("LIMIT"), dice.number(0, 6)));
                }
                script.add(words);
            }
            default -> script.add("OBJECT", "ENCODING", key);
        }
    }

    static String score(Dice dice) {
        return switch (dice.below(8)) {
            case 0 -> dice.one(SCORES);
            case 1 -> dice.number();
            case 2 -> Double.toString(dice.anyLong() / 1e15);
            case 3 -> dice.below(100) + "." + dice.below(100);
            default -> Integer.toString(dice.between(-20, 20));
        };
    }

    private static String bound(Dice dice) {
        return dice.oneIn(5) ? dice.one("-inf", "+inf", "inf") : (dice.oneIn(3) ? "(" : "") + score(dice);
    }

    static String member(Dice dice) {
        return dice.element();
    }

    private static List<String> add(Dice dice, String key, int pairs) {
        List<String> words = new ArrayList<>(List.of("ZADD", key));
        while (dice.oneIn(3)) {
            words.add(dice.cased(dice.one("NX", "XX", "GT", "LT", "CH", "CH", pairs == 1 ? "INCR" : "CH")));
        }
        for (int i = 0; i < pairs; i++) {
            words.add(pairs > 10 && !dice.oneIn(200) ? Integer.toString(dice.between(-20, 20)) : score(dice));
            words.add(member(dice));
        }
        return words;
    }

    private static List<String> members(Dice dice, String name, String key, int count) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = 0; i < count; i++) {
            words.add(member(dice));
        }
        return words;
    }

    private static List<String> withScores(Dice dice, String... command) {
        List<String> words = new ArrayList<>(List.of(command));
        if (dice.oneIn(2)) {
            words.add(dice.cased("WITHSCORES"));
        }
        return words;
    }

    private static List<String> byScore(Dice dice, String key) {
        List<String> words =
                withScores(dice, dice.one("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), key, bound(dice), bound(dice));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("LIMIT"), dice.index(), dice.index()));
        }
        return words;
    }

    private static List<String> range(Dice dice, List<String> words) {
        boolean byScore = dice.oneIn(2);
        words.add(byScore ? bound(dice) : dice.index());
        words.add(byScore ? bound(dice) : dice.index());
        if (byScore) {
            words.add("BYSCORE");
        }
        if (dice.oneIn(2)) {
            words.add(dice.cased("REV"));
        }
        if (dice.oneIn(2)) {
            words.addAll(List.of("LIMIT", dice.index(), dice.index()));
        }
        if (dice.oneIn(2) && words.get(0).equals("ZRANGE")) {
            words.add("WITHSCORES");
        }
        return words;
    }

    private static List<String> counted(Dice dice, List<String> words) {
        int keys = dice.between(1, 3);
        words.add(dice.number(keys, keys));
        for (int i = 0; i < keys; i++) {
            words.add(dice.oneIn(6) ? dice.anyKey() : dice.key());
        }
        return words;
    }

    /**
     * Three inputs may be added up in any order where they are equally large, as the sort of Redis' C library leaves them; so
     * sums may differ, and with them the members' order.
     */
    private static boolean isAnyOrder(List<String> words, int countAt) {
        return words.get(countAt).equals("3") && !words.get(0).startsWith("ZDIFF");
    }

    private static void algebra(Dice dice, Script script) {
        List<String> words = algebra(dice, new ArrayList<>(List.of(dice.one("ZUNION", "ZINTER", "ZDIFF"))));
        if (isAnyOrder(words, 1)) {
            words.removeIf("WITHSCORES"::equalsIgnoreCase);
            script.add(Tolerance.UNORDERED, words);
        } else {
            script.add(words);
        }
    }

    private static void storedAlgebra(Dice dice, Script script, String key) {
        List<String> words =
                algebra(dice, new ArrayList<>(List.of(dice.one("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"), key)));
        if (isAnyOrder(words, 2)) {
            script.addAsIs(Tolerance.EXACT, words);
            script.addAsIs(Tolerance.UNORDERED, "ZRANGE", key, "0", "-1");
            script.addAsIs(Tolerance.EXACT, "DEL", key);
        } else {
            script.add(words);
        }
    }

    private static List<String> algebra(Dice dice, List<String> start) {
        String name = start.get(0);
        int keysAt = start.size() + 1;
        List<String> words = counted(dice, start);
        int keys = words.size() - keysAt;
        boolean isDifference = name.startsWith("ZDIFF");
        if (dice.oneIn(3) && !(isDifference && !dice.oneIn(9))) {
            words.add(dice.cased("WEIGHTS"));
            for (int i = 0; i < keys; i++) {
                words.add(score(dice));
            }
        }
        if (dice.oneIn(3) && !(isDifference && !dice.oneIn(9))) {
            words.addAll(List.of(dice.cased("AGGREGATE"), dice.cased(dice.one("SUM", "MIN", "MAX"))));
        }
        if (dice.oneIn(2) && !name.endsWith("STORE")) {
            words.add(dice.cased("WITHSCORES"));
        }
        return words;
    }

    private static void pop(Dice dice, Script script, String key) {
        String name = dice.one("ZPOPMIN", "ZPOPMAX");
        if (dice.oneIn(2)) {
            script.add(name, key);
        } else {
            script.add(name, key, dice.number(0, 8));
        }
    }

    private static void mpop(Dice dice, Script script) {
        boolean blocks = dice.oneIn(3);
        if (dice.oneIn(3)) {
            script.addAsIs(Tolerance.EXACT, dice.one("BZPOPMIN", "BZPOPMAX"), dice.key(), dice.key(), "0.001");
            return;
        }
        List<String> words = new ArrayList<>(blocks ? List.of("BZMPOP", "0.001") : List.of("ZMPOP"));
        words.addAll(List.of("2", dice.key(), dice.key(), dice.cased(dice.one("MIN", "MAX"))));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("COUNT"), dice.number(1, 6)));
        }
        if (blocks) {
            script.addAsIs(Tolerance.EXACT, words);
        } else {
            script.add(words);
        }
    }

    /** A choice by chance: never inside a transaction, where replies are compared as a whole. */
    private static void random(Dice dice, Script script, String key) {
        script.addAsIs(Tolerance.EXACT, "DISCARD");
        List<String> words = new ArrayList<>(List.of("ZRANDMEMBER", key));
        if (dice.oneIn(4)) {
            script.addAsIs(Tolerance.SHAPE, words);
            return;
        }
        words.add(Integer.toString(dice.between(-40, 40)));
        if (dice.oneIn(2)) {
            words.add("WITHSCORES");
        }
        script.add(Tolerance.SHAPE, words);
    }
}
