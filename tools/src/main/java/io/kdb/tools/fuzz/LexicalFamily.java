package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/**
 * Sorted sets whose members all have one score, by ranges of members. Owner: one round.
 *
 * <p>Note: where scores differ, Redis' answer depends on how its skip list happens to be built; so these keys have names that no
 * other family uses.
 */
final class LexicalFamily implements CommandFamily {
    @Override
    public String name() {
        return "lexical";
    }

    @Override
    public int weight() {
        return 5;
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = "lex:" + dice.below(3);
        switch (dice.below(10)) {
            case 0, 1, 2, 3 -> {
                List<String> words = new ArrayList<>(List.of("ZADD", key));
                for (int i = dice.between(1, dice.oneIn(6) ? 200 : 8); i > 0; i--) {
                    words.addAll(List.of("0", member(dice)));
                }
                script.addAsIs(Tolerance.EXACT, words);
            }
            case 4 -> script.addAsIs(Tolerance.EXACT, "ZREM", key, member(dice), member(dice));
            case 5 -> script.add("ZLEXCOUNT", key, bound(dice), bound(dice));
            case 6 -> script.add("ZREMRANGEBYLEX", key, bound(dice), bound(dice));
            case 7 ->
                script.add(limited(dice, dice.one("ZRANGEBYLEX", "ZREVRANGEBYLEX"), key, bound(dice), bound(dice)));
            case 8 -> script.add(limited(dice, "ZRANGE", key, bound(dice), bound(dice), "BYLEX"));
            default -> script.add(limited(dice, "ZRANGE", key, bound(dice), bound(dice), "BYLEX", "REV"));
        }
    }

    private static String member(Dice dice) {
        return dice.oneIn(3) ? "a prefix of many:" + dice.below(300) : dice.element();
    }

    private static String bound(Dice dice) {
        return dice.oneIn(4) ? dice.one("-", "+") : dice.one("[", "(") + member(dice);
    }

    private static List<String> limited(Dice dice, String... command) {
        List<String> words = new ArrayList<>(List.of(command));
        if (dice.oneIn(3)) {
            words.addAll(List.of(dice.cased("LIMIT"), dice.index(), dice.index()));
        }
        return words;
    }
}
