package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Bits of strings, and integers of any width in them. Owner: one round. */
final class BitmapFamily implements CommandFamily {
    @Override
    public String name() {
        return "bitmaps";
    }

    @Override
    public void add(Dice dice, Script script) {
        switch (dice.below(12)) {
            case 0, 1, 2 -> script.add("SETBIT", dice.key(), offset(dice), dice.number(0, 1));
            case 3 -> script.add("GETBIT", dice.key(), offset(dice));
            case 4, 5 -> script.add(ranged(dice, "BITCOUNT", dice.key()));
            case 6, 7 -> script.add(ranged(dice, "BITPOS", dice.key(), dice.number(0, 1)));
            case 8 -> bitop(dice, script);
            case 9 -> script.add("SET", dice.key(), dice.value());
            default -> bitfield(dice, script);
        }
    }

    /** Mostly of the first bytes; never so far out that a string of megabytes comes of it. */
    private static String offset(Dice dice) {
        return switch (dice.below(14)) {
            case 0 -> dice.one("-1", "abc", "", "4294967296", "9223372036854775807", "01");
            case 1 -> Integer.toString(dice.below(200_000));
            default -> Integer.toString(dice.below(90));
        };
    }

    private static List<String> ranged(Dice dice, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        int count = dice.below(4);
        if (count > 0) {
            all.add(dice.index());
        }
        if (count > 1) {
            all.add(dice.index());
        }
        if (count > 2) {
            all.add(dice.cased(dice.one("BIT", "BYTE", "BIT", "FOO")));
        }
        return all;
    }

    private static void bitop(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("BITOP", dice.cased(dice.one("AND", "OR", "XOR", "NOT"))));
        words.add(dice.key());
        for (int i = dice.below(4); i >= 0; i--) {
            words.add(dice.key());
        }
        script.add(words);
    }

    private static void bitfield(Dice dice, Script script) {
        boolean readOnly = dice.oneIn(4);
        List<String> words = new ArrayList<>(List.of(readOnly ? "BITFIELD_RO" : "BITFIELD", dice.key()));
        for (int i = dice.below(4); i >= 0; i--) {
            if (dice.oneIn(3)) {
                words.addAll(List.of("OVERFLOW", dice.cased(dice.one("WRAP", "SAT", "FAIL", "SAT", "FAIL", "FOO"))));
            }
            String kind = readOnly && !dice.oneIn(20) ? "GET" : dice.one("GET", "SET", "INCRBY", "INCRBY");
            words.addAll(List.of(dice.cased(kind), type(dice), (dice.oneIn(3) ? "#" : "") + offset(dice)));
            if (!kind.equals("GET")) {
                words.add(dice.oneIn(3) ? Long.toString(dice.anyLong() >> dice.below(64)) : dice.number());
            }
        }
        script.add(words);
    }

    private static String type(Dice dice) {
        return dice.oneIn(30)
                ? dice.one("u64", "i65", "x8", "u0", "i", "", "u08", "U8", "i-1")
                : dice.one("i", "u") + (dice.oneIn(3) ? dice.between(1, 63) : 1 << dice.below(6));
    }
}
