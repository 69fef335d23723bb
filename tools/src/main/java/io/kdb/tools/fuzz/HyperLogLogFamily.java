package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** HyperLogLogs, sound ones and some that clients have written into. Owner: one round. */
final class HyperLogLogFamily implements CommandFamily {
    @Override
    public String name() {
        return "loglogs";
    }

    @Override
    public void prepare(Dice dice, Script script) {
        String bytes = dice.one("0", "30", "100", "600", "3000", "20000");
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "hll-sparse-max-bytes", bytes);
    }

    @Override
    public void add(Dice dice, Script script) {
        switch (dice.below(16)) {
            case 0, 1, 2, 3, 4, 5 -> pfadd(dice, script);
            case 6, 7, 8 -> script.add("PFCOUNT", dice.key());
            case 9 -> script.add("PFCOUNT", dice.key(), dice.key());
            case 10 -> script.add("PFMERGE", dice.key(), dice.key(), dice.key());
            case 11 -> script.add("PFMERGE", dice.key());
            case 12 -> script.add("PFDEBUG", dice.one("ENCODING", "encoding", "DECODE", "FOO"), dice.key());
            case 13 -> {
                if (dice.oneIn(6)) {
                    script.add("PFDEBUG", dice.one("TODENSE", "GETREG"), dice.key());
                } else {
                    script.add("STRLEN", dice.key());
                }
            }
            case 14 -> {
                if (dice.oneIn(4)) {
                    script.together(() -> spoil(dice, script));
                } else {
                    script.add("GET", dice.key());
                }
            }
            default -> script.add("DEL", dice.key());
        }
    }

    /** From a few elements, which lie among others, to so many that all runs are cut up. */
    private static void pfadd(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("PFADD", dice.key()));
        int count = dice.oneIn(10) ? dice.below(400) : dice.below(6);
        for (int i = 0; i < count; i++) {
            words.add(dice.oneIn(3) ? dice.element() : Integer.toString(dice.below(20_000)));
        }
        script.add(words);
    }

    /**
     * Bytes in the midst of one, or a whole one whose runs are anything.
     *
     * <p>Note: what is appended are zeros, since runs of values are passed over by some Redis'; PFADD comes last, because Redis cuts a run in two that ends beyond the string, and then reads what is there.
     */
    private static void spoil(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(3)) {
            case 0 -> script.add("SETRANGE", key, Integer.toString(dice.below(40)), dice.letters(dice.below(3), 256));
            case 1 -> script.add("APPEND", key, dice.letters(dice.below(3), 26));
            default -> {
                String head = "HYLL" + (char) dice.below(3) + dice.letters(3, 256) + dice.letters(8, 256);
                script.add("SET", key, head + dice.letters(dice.below(6), 256));
            }
        }
        script.addAsIs(Tolerance.EXACT, "PFCOUNT", key);
        script.addAsIs(Tolerance.CORRUPTED, "PFCOUNT", key, key);
        script.addAsIs(Tolerance.EXACT, "PFDEBUG", "DECODE", key);
        script.addAsIs(Tolerance.EXACT, "PFADD", key, "x");
        script.addAsIs(Tolerance.EXACT, "DEL", key);
    }
}
