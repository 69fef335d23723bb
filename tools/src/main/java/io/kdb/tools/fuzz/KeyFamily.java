package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Commands on keys of any type: expiry, names, copies, databases. Owner: one round. */
final class KeyFamily implements CommandFamily {
    @Override
    public String name() {
        return "keys";
    }

    @Override
    public void add(Dice dice, Script script) {
        switch (dice.below(18)) {
            case 0 -> expire(dice, script);
            case 1 -> script.add(conditional(dice, dice.one("PEXPIREAT", "EXPIREAT"), true));
            case 2, 3 ->
                script.add(Tolerance.TIMED, dice.one("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), dice.anyKey());
            case 4 -> script.add("PERSIST", dice.anyKey());
            case 5, 6 -> script.add(dice.one("DEL", "UNLINK", "EXISTS", "TOUCH"), dice.anyKey(), dice.anyKey());
            case 7 -> script.add(dice.one("RENAME", "RENAMENX"), dice.anyKey(), dice.anyKey());
            case 8 -> copy(dice, script);
            case 9, 10 -> script.add("OBJECT", "ENCODING", dice.anyKey());
            case 11 -> script.add(Tolerance.SHAPE, "OBJECT", dice.one("IDLETIME", "FREQ", "FOO"), dice.anyKey());
            case 12 -> script.add("TYPE", dice.anyKey());
            case 13 -> script.add("MOVE", dice.anyKey(), dice.number(0, 2));
            case 14 -> scan(dice, script);
            case 15 -> {
                if (dice.oneIn(2)) {
                    script.together(() -> size(script));
                } else {
                    script.add(Tolerance.SHAPE, "RANDOMKEY");
                }
            }
            case 16 -> database(dice, script);
            default -> script.add(Tolerance.UNORDERED, "KEYS", dice.one("*", "s*", "?[0-2]", "x", "[^s]?", "\\*"));
        }
    }

    private static void expire(Dice dice, Script script) {
        boolean ms = dice.oneIn(2);
        List<String> words = new ArrayList<>(List.of(ms ? "PEXPIRE" : "EXPIRE", dice.anyKey(), dice.ttl(ms)));
        while (dice.oneIn(3)) {
            words.add(dice.one("NX", "XX", "GT", "LT", "gt", "FOO"));
        }
        script.addAsIs(Tolerance.EXACT, words);
    }

    private static List<String> conditional(Dice dice, String name, boolean ms) {
        List<String> words = new ArrayList<>(List.of(name, dice.anyKey(), dice.timestamp(ms)));
        if (dice.oneIn(2)) {
            words.add(dice.one("NX", "XX", "GT", "LT"));
        }
        return words;
    }

    private static void copy(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("COPY", dice.anyKey(), dice.anyKey()));
        if (dice.oneIn(3)) {
            words.addAll(List.of("DB", dice.number(0, 2)));
        }
        if (dice.oneIn(2)) {
            words.add("REPLACE");
        }
        script.add(words);
    }

    /** Over all keys at once: with fewer, the two servers may go their own ways. */
    private static void scan(Dice dice, Script script) {
        String cursor = dice.oneIn(10) ? dice.one("", "00", "+0", "-0", "abc", "0\0", "-", " 0", "0x") : "0";
        List<String> words = new ArrayList<>(List.of("SCAN", cursor, "COUNT", dice.oneIn(9) ? "-1" : "10000"));
        if (dice.oneIn(2)) {
            words.addAll(List.of("MATCH", dice.one("*", "k*", "?1", "nothing")));
        }
        if (dice.oneIn(2)) {
            words.addAll(List.of("TYPE", dice.one("string", "hash", "list", "zset", "set", "stream", "FOO")));
        }
        script.addAsIs(Tolerance.UNORDERED, words);
    }

    /** A key past its time counts until somebody comes to it: each server by itself at times of its own, SCAN at once. */
    private static void size(Script script) {
        script.addAsIs(Tolerance.UNORDERED, "SCAN", "0", "COUNT", "10000");
        script.add("DBSIZE");
    }

    /** Another database for a while; mostly the first, so that keys meet. */
    private static void database(Dice dice, Script script) {
        if (dice.oneIn(4)) {
            script.add("SWAPDB", dice.number(0, 2), dice.number(0, 2));
        } else {
            script.add("SELECT", dice.oneIn(3) ? dice.number(0, 2) : "0");
        }
    }
}
