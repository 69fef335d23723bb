package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** SORT over lists, sets and sorted sets, with weights and answers from strings and hashes. Owner: one round. */
final class SortFamily implements CommandFamily {
    @Override
    public String name() {
        return "orders";
    }

    @Override
    public int weight() {
        return 5;
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(12)) {
            case 0 -> script.add("RPUSH", key, element(dice), element(dice), element(dice));
            case 1 -> script.add("SADD", key, element(dice), element(dice), element(dice));
            case 2 -> script.add("ZADD", key, dice.number(-9, 9), element(dice), dice.number(-9, 9), element(dice));
            case 3 -> script.add("SET", dice.one("w_", "o", "s") + dice.below(12), dice.number());
            case 4 -> script.add("HSET", "h_" + dice.below(12), "f", dice.number(), "g", dice.value());
            case 5 -> script.add("DEL", key);
            default -> sort(dice, script, key);
        }
    }

    private static String element(Dice dice) {
        return dice.oneIn(12) ? dice.number() : Integer.toString(dice.below(12));
    }

    private static void sort(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of(dice.oneIn(4) ? "SORT_RO" : "SORT", key));
        boolean alpha = dice.oneIn(3);
        boolean by = dice.oneIn(3);
        if (by) {
            String pattern = dice.one("w_*", "h_*->f", "h_*->g", "h_*->", "nosort", "#", "*", "o*", "missing_*");
            words.addAll(List.of(dice.cased("BY"), pattern));
        }
        if (dice.oneIn(3)) {
            words.addAll(List.of("LIMIT", dice.index(), dice.index()));
        }
        while (dice.oneIn(4)) {
            words.addAll(List.of(dice.cased("GET"), dice.one("#", "w_*", "h_*->f", "h_*->g", "nostar", "*", "h_*->")));
        }
        if (dice.oneIn(3)) {
            words.add(dice.one("ASC", "DESC", "desc"));
        }
        if (alpha) {
            words.add("ALPHA");
        }
        if (dice.oneIn(4)) {
            words.addAll(List.of("STORE", dice.key()));
        }
        script.together(() -> {
            fairly(script, key);
            sort(script, words, by);
        });
    }

    /**
     * In Redis a number that once left the range of a normal double makes SORT fail, until another command has read one; SORT
     * itself reads a sorted set's scores when that was packed.
     */
    private static void fairly(Script script, String key) {
        script.addAsIs(Tolerance.EXACT, "SORT_RO", key, "BY", "nosort", "LIMIT", "0", "0");
        script.addAsIs(Tolerance.EXACT, "ZADD", "missing", "XX", "1", "m");
    }

    private static void sort(Script script, List<String> words, boolean by) {
        // Elements of the same weight come in any order; so do a set's when nothing sorts them.
        if (by) {
            unordered(script, words);
        } else if (words.contains("ALPHA") && !words.contains("STORE")) {
            script.add(Tolerance.ZERO_ENDED, words);
        } else {
            script.add(words);
        }
    }

    /** Without what depends on the order of equal elements: a limit, and what is stored. */
    private static void unordered(Script script, List<String> words) {
        if (words.contains("STORE") || words.contains("LIMIT")) {
            words.set(words.indexOf("BY") < 0 ? words.indexOf("by") + 1 : words.indexOf("BY") + 1, "w_*");
            words.remove("ALPHA");
        }
        script.addAsIs(Tolerance.UNORDERED, words);
    }
}
