package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Sets, by their members, by chance and against each other. Owner: one round. */
final class SetFamily implements CommandFamily {
    private boolean integers;

    @Override
    public String name() {
        return "members";
    }

    @Override
    public void prepare(Dice dice, Script script) {
        integers = dice.oneIn(2);
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "set-max-intset-entries", dice.one("512", "8", "30", "0"));
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(26)) {
            case 0, 1, 2, 3 -> script.add(members(dice, "SADD", key, dice.between(1, 4)));
            case 4 -> script.add(members(dice, "SADD", key, dice.between(1, dice.oneIn(10) ? 700 : 60)));
            case 5, 6 -> script.add(members(dice, "SREM", key, dice.between(1, dice.oneIn(8) ? 200 : 3)));
            case 7 -> script.add("SMOVE", key, dice.key(), member(dice));
            case 8 -> script.add("SISMEMBER", key, member(dice));
            case 9 -> script.add(members(dice, "SMISMEMBER", key, 4));
            case 10 -> script.add("SCARD", key);
            case 11, 12 -> script.add(Tolerance.UNORDERED, "SMEMBERS", key);
            case 13 -> HashFamily.scan(dice, script, "SSCAN", key);
            case 14, 15, 16 -> script.add(Tolerance.UNORDERED, keys(dice, dice.one("SINTER", "SUNION", "SDIFF")));
            case 17, 18, 19 -> {
                String name = dice.one("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE");
                List<String> words = new ArrayList<>(keys(dice, name));
                words.add(1, dice.key());
                script.add(words);
            }
            case 20 -> card(dice, script);
            case 21 -> script.together(() -> random(dice, script, key));
            case 22 -> {
                script.addAsIs(Tolerance.UNORDERED, "SRANDMEMBER", key, "100000");
                script.addAsIs(Tolerance.UNORDERED, "SPOP", key, "100000");
            }
            case 23 -> script.together(() -> pop(dice, script, key));
            default -> script.add("OBJECT", "ENCODING", key);
        }
    }

    private String member(Dice dice) {
        return integers && !dice.oneIn(50) ? Integer.toString(dice.below(100)) : dice.element();
    }

    private List<String> members(Dice dice, String name, String key, int count) {
        List<String> words = new ArrayList<>(List.of(name, key));
        for (int i = 0; i < count; i++) {
            words.add(member(dice));
        }
        return words;
    }

    private static List<String> keys(Dice dice, String name) {
        List<String> words = new ArrayList<>(List.of(name));
        for (int i = dice.between(1, dice.oneIn(6) ? 12 : 3); i > 0; i--) {
            words.add(dice.key());
        }
        return words;
    }

    private static void card(Dice dice, Script script) {
        List<String> words = keys(dice, "SINTERCARD");
        words.add(1, dice.number(words.size() - 1, words.size() - 1));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("LIMIT"), dice.number(0, 6)));
        }
        script.add(words);
    }

    /** A choice by chance: never inside a transaction, where replies are compared as a whole. */
    private static void random(Dice dice, Script script, String key) {
        script.addAsIs(Tolerance.EXACT, "DISCARD");
        if (dice.oneIn(4)) {
            script.addAsIs(Tolerance.SHAPE, "SRANDMEMBER", key);
        } else {
            script.add(Tolerance.SHAPE, "SRANDMEMBER", key, Integer.toString(dice.between(-40, 40)));
        }
    }

    private static void pop(Dice dice, Script script, String key) {
        script.addAsIs(Tolerance.EXACT, "DISCARD");
        if (dice.oneIn(2)) {
            script.addAsIs(Tolerance.SHAPE, "SPOP", key);
        } else {
            script.addAsIs(Tolerance.SHAPE, "SPOP", key, dice.number(-1, 20));
        }
        script.addAsIs(Tolerance.EXACT, "SCARD", key);
        script.addAsIs(Tolerance.EXACT, "DEL", key);
    }
}
