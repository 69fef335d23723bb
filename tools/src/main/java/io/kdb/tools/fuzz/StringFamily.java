package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Strings: whole, in parts, as counters. Owner: one round. */
final class StringFamily implements CommandFamily {
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

    @Override
    public String name() {
        return "strings";
    }

    @Override
    public void add(Dice dice, Script script) {
        switch (dice.below(26)) {
            case 0, 1, 2 -> script.addAsIs(Tolerance.EXACT, withOptions(dice, "SET", dice.key(), dice.value()));
            case 3, 4 -> script.add("GET", dice.key());
            case 5 -> script.addAsIs(Tolerance.EXACT, withOptions(dice, "GETEX", dice.key()));
            case 6 -> script.add(dice.one("SETNX", "GETSET"), dice.key(), dice.value());
            case 7 -> script.add("GETDEL", dice.key());
            case 8 -> script.addAsIs(Tolerance.EXACT, "SETEX", dice.key(), dice.ttl(false), dice.value());
            case 9 -> script.addAsIs(Tolerance.EXACT, "PSETEX", dice.key(), dice.ttl(true), dice.value());
            case 10 -> script.add("MGET", dice.key(), dice.key(), dice.key());
            case 11 -> script.add("MSET", dice.key(), dice.value(), dice.key(), dice.value());
            case 12 -> script.add("MSETNX", dice.key(), dice.value(), dice.key(), dice.value());
            case 13, 14 -> script.add("APPEND", dice.key(), dice.value());
            case 15 -> script.add("STRLEN", dice.key());
            case 16 ->
                script.add("SETRANGE", dice.key(), dice.oneIn(5) ? small(dice) : "" + dice.below(60), dice.value());
            case 17 -> script.add(dice.one("GETRANGE", "SUBSTR"), dice.key(), dice.number(), dice.number());
            case 18 -> lcs(dice, script);
            case 19, 20 -> script.add(dice.one("INCR", "DECR"), dice.key());
            case 21 -> script.add(dice.one("INCRBY", "DECRBY"), dice.key(), dice.number());
            default -> script.add("INCRBYFLOAT", dice.key(), dice.number());
        }
    }

    /** A number that makes no string of many megabytes. */
    private static String small(Dice dice) {
        String number = dice.number();
        return number.matches("[0-9]{6,9}") ? "-1" : number;
    }

    private static List<String> withOptions(Dice dice, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        while (dice.oneIn(3)) {
            switch (dice.below(6)) {
                case 0 -> all.addAll(List.of("EX", dice.ttl(false)));
                case 1 -> all.addAll(List.of("PX", dice.ttl(true)));
                case 2 -> all.addAll(List.of("EXAT", dice.timestamp(false)));
                case 3 -> all.addAll(List.of("pxat", dice.timestamp(true)));
                default -> all.add(dice.one(OPTIONS));
            }
        }
        return all;
    }

    private static void lcs(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("LCS", dice.key(), dice.key()));
        if (dice.oneIn(2)) {
            words.add(dice.one("IDX", "LEN", "WITHMATCHLEN"));
        }
        if (dice.oneIn(3)) {
            words.addAll(List.of("MINMATCHLEN", dice.number(), "WITHMATCHLEN"));
        }
        script.add(words);
    }
}
