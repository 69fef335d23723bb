package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Lists, at their ends and within, from one to another, and waiting for what does not come. Owner: one round. */
final class ListFamily implements CommandFamily {
    /** None of them lets a client wait for long. */
    private static final List<String> WAITS = List.of("0.001", "0.001", "1e-3", "-1", "x", "nan", "inf", "");

    @Override
    public String name() {
        return "lists";
    }

    @Override
    public void prepare(Dice dice, Script script) {
        script.addAsIs(
                Tolerance.EXACT,
                "CONFIG",
                "SET",
                "list-max-listpack-size",
                dice.one("-2", "-2", "-1", "-5", "3", "20"));
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(30)) {
            case 0, 1, 2, 3 -> script.add(push(dice, key, dice.between(1, 4)));
            case 4 -> script.add(push(dice, key, dice.between(1, dice.oneIn(6) ? 1_500 : 40)));
            case 5 ->
                script.addAsIs(
                        Tolerance.EXACT,
                        dice.one("LPUSH", "RPUSH"),
                        key,
                        dice.letters(dice.between(1_900, dice.oneIn(4) ? 20_000 : 2_100), 3));
            case 6, 7 -> script.add(dice.one("LPOP", "RPOP"), key);
            case 8 -> script.add(dice.one("LPOP", "RPOP"), key, dice.number(-1, dice.oneIn(6) ? 300 : 4));
            case 9 -> script.add("LLEN", key);
            case 10, 11 -> script.add("LINDEX", key, index(dice));
            case 12 -> script.add("LSET", key, index(dice), dice.oneIn(3) ? dice.value() : dice.element());
            case 13, 14 ->
                script.add("LINSERT", key, dice.cased(dice.one("BEFORE", "AFTER")), dice.element(), dice.element());
            case 15, 16 -> script.add("LRANGE", key, index(dice), index(dice));
            case 17, 18 -> script.add("LREM", key, dice.number(-3, 3), dice.element());
            case 19 -> script.add("LTRIM", key, index(dice), dice.oneIn(2) ? "-" + dice.between(1, 5) : index(dice));
            case 20, 21, 22 -> script.add(positions(dice, key));
            case 23, 24 -> script.add("LMOVE", key, dice.key(), side(dice), side(dice));
            case 25 -> script.add("RPOPLPUSH", key, dice.key());
            case 26 -> script.add(popFirst(dice, "LMPOP"));
            case 27, 28 -> waits(dice, script, key);
            default -> script.add("OBJECT", "ENCODING", key);
        }
    }

    private static String index(Dice dice) {
        return dice.oneIn(4) ? Integer.toString(dice.between(-2_000, 2_000)) : dice.index();
    }

    private static String side(Dice dice) {
        return dice.cased(dice.one("LEFT", "RIGHT"));
    }

    private static List<String> push(Dice dice, String key, int count) {
        List<String> words =
                new ArrayList<>(List.of(dice.one("LPUSH", "RPUSH", "LPUSH", "RPUSH", "LPUSHX", "RPUSHX"), key));
        for (int i = 0; i < count; i++) {
            words.add(dice.element());
        }
        return words;
    }

    private static List<String> positions(Dice dice, String key) {
        List<String> words = new ArrayList<>(List.of("LPOS", key, dice.element()));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("RANK"), dice.number(-3, 3)));
        }
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("COUNT"), dice.number(0, 3)));
        }
        if (dice.oneIn(3)) {
            words.addAll(List.of(dice.cased("MAXLEN"), dice.number(0, 30)));
        }
        return words;
    }

    private static List<String> popFirst(Dice dice, String name) {
        List<String> words = new ArrayList<>(List.of(name));
        int keys = dice.between(1, 3);
        words.add(dice.oneIn(12) ? dice.number() : Integer.toString(keys));
        for (int i = 0; i < keys; i++) {
            words.add(dice.key());
        }
        words.add(side(dice));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("COUNT"), dice.number(1, 5)));
        }
        return words;
    }

    private static void waits(Dice dice, Script script, String key) {
        String wait = dice.one(WAITS);
        switch (dice.below(4)) {
            case 0 -> script.addAsIs(Tolerance.EXACT, dice.one("BLPOP", "BRPOP"), key, dice.key(), wait);
            case 1 -> script.addAsIs(Tolerance.EXACT, "BLMOVE", key, dice.key(), side(dice), side(dice), wait);
            case 2 -> script.addAsIs(Tolerance.EXACT, "BRPOPLPUSH", key, dice.key(), wait);
            default -> {
                List<String> words = popFirst(dice, "BLMPOP");
                words.add(1, wait);
                script.addAsIs(Tolerance.EXACT, words);
            }
        }
    }
}
