package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Hashes. Owner: one round. */
final class HashFamily implements CommandFamily {
    @Override
    public String name() {
        return "hashes";
    }

    @Override
    public void prepare(Dice dice, Script script) {
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "hash-max-listpack-entries", dice.one("512", "8", "20", "0"));
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "hash-max-listpack-value", dice.one("64", "64", "10", "0"));
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(24)) {
            case 0, 1, 2, 3 -> script.add(set(dice, dice.oneIn(4) ? "HMSET" : "HSET", key, dice.between(1, 4)));
            case 4 -> script.add(set(dice, "HSET", key, dice.between(1, dice.oneIn(10) ? 600 : 40)));
            case 5 -> script.add("HSETNX", key, dice.element(), dice.value());
            case 6, 7 -> script.add("HGET", key, dice.element());
            case 8 -> script.add("HMGET", key, dice.element(), dice.element(), dice.element());
            case 9, 10 -> script.add(delete(dice, key));
            case 11 -> script.add("HLEN", key);
            case 12 -> script.add(dice.one("HSTRLEN", "HEXISTS"), key, dice.element());
            case 13, 14 -> script.add("HINCRBY", key, dice.element(), dice.number());
            case 15, 16 -> script.add("HINCRBYFLOAT", key, dice.element(), dice.number());
            case 17 -> script.add(Tolerance.UNORDERED, dice.one("HKEYS", "HVALS"), key);
            case 18, 19 -> script.add(Tolerance.PAIRS, "HGETALL", key);
            case 20 -> scan(dice, script, "HSCAN", key);
            case 21 -> script.addAsIs(Tolerance.UNORDERED, "HRANDFIELD", key, "100000", dice.cased("WITHVALUES"));
            case 22 -> random(dice, script, key);
            default -> script.add("OBJECT", "ENCODING", key);
        }
    }

    private static List<String> set(Dice dice, String name, String key, int fields) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = 0; i < fields; i++) {
            words.add(dice.element());
            words.add(dice.oneIn(2) ? dice.value() : dice.element());
        }
        return words;
    }

    private static List<String> delete(Dice dice, String key) {
        List<String> words = new ArrayList<>(List.of("HDEL", key));
        for (int i = dice.between(1, dice.oneIn(8) ? 200 : 3); i > 0; i--) {
            words.add(dice.element());
        }
        return words;
    }

    /** A whole iteration in one step: what a shorter one answers is each server's own. */
    static void scan(Dice dice, Script script, String name, String key) {
        List<String> words =
                new ArrayList<>(List.of(name, key, dice.oneIn(10) ? dice.one("x", "", "18446744073709551616") : "0"));
        words.addAll(List.of(dice.cased("COUNT"), "100000"));
        if (dice.oneIn(2)) {
            words.addAll(List.of("MATCH", dice.one("*", "*a*", "[0-9]*", "??", "-*", "")));
        }
        script.addAsIs(Tolerance.UNORDERED, words);
    }

    /** A choice by chance: never inside a transaction, where replies are compared as a whole. */
    private static void random(Dice dice, Script script, String key) {
        script.addAsIs(Tolerance.EXACT, "DISCARD");
        List<String> words = new ArrayList<>(List.of("HRANDFIELD", key));
        if (dice.oneIn(4)) {
            script.addAsIs(Tolerance.SHAPE, words);
            return;
        }
        words.add(Integer.toString(dice.between(-40, 40)));
        if (dice.oneIn(2)) {
            words.add("WITHVALUES");
        }
        script.add(Tolerance.SHAPE, words);
    }
}
