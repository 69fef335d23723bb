package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/**
 * Streams with their consumer groups. Owner: one round.
 *
 * <p>Note: IDs are always given, since one that a server makes is of its own clock; idle times are none or huge.
 */
final class StreamFamily implements CommandFamily {
    private static final String LONG_IDLE = "100000000";

    private long ms;

    @Override
    public String name() {
        return "xstreams";
    }

    @Override
    public int weight() {
        return 20;
    }

    @Override
    public void prepare(Dice dice, Script script) {
        script.addAsIs(
                Tolerance.EXACT, "CONFIG", "SET", "stream-node-max-entries", dice.one("100", "3", "10", "1", "0"));
        script.addAsIs(Tolerance.EXACT, "CONFIG", "SET", "stream-node-max-bytes", dice.one("4096", "100", "1000", "0"));
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(40)) {
            case 0, 1, 2, 3, 4, 5, 6 -> add(dice, script, key);
            case 7 -> {
                for (int i = dice.below(40); i >= 0; i--) {
                    script.addAsIs(Tolerance.EXACT, "XADD", key, nextId(dice), field(dice), dice.element());
                }
            }
            case 8, 9 -> script.add("XDEL", key, id(dice), id(dice));
            case 10 -> trim(dice, script, key);
            case 11, 12, 13 -> range(dice, script, key);
            case 14 -> script.add("XLEN", key);
            case 15 -> setId(dice, script, key);
            case 16, 17, 18 -> read(dice, script);
            case 19, 20, 21, 22, 23, 24 -> readGroup(dice, script);
            case 25, 26 -> script.add("XACK", key, group(dice), id(dice), id(dice), id(dice));
            case 27, 28, 29 -> claim(dice, script, key);
            case 30, 31 -> autoClaim(dice, script, key);
            case 32, 33 -> pending(dice, script, key);
            case 34, 35, 36 -> groups(dice, script, key);
            default -> info(dice, script, key);
        }
    }

    private static String group(Dice dice) {
        return dice.oneIn(30) ? dice.element() : dice.one("g", "h", "i");
    }

    private static String consumer(Dice dice) {
        return dice.oneIn(10) ? dice.element() : dice.one("alice", "bob", "carol");
    }

    private static String field(Dice dice) {
        return dice.oneIn(8) ? dice.element() : dice.one("a", "b");
    }

    private String nextId(Dice dice) {
        if (dice.oneIn(3)) {
            ms += dice.oneIn(20) ? dice.below(1 << dice.below(30)) : dice.below(3);
        }
        return ms + (dice.oneIn(12) ? "" : dice.oneIn(3) ? "-*" : "-" + dice.below(8));
    }

    /** Mostly one that there may be. */
    private String id(Dice dice) {
        if (dice.oneIn(20)) {
            return dice.one(
                    "0", "-", "+", "0-0", "abc", "1-", "18446744073709551615-18446744073709551615", "$", "5-*", "");
        }
        long at = Math.max(0, ms - dice.below(12));
        return dice.oneIn(4) ? Long.toString(at) : at + "-" + dice.below(8);
    }

    private String bound(Dice dice, String edge) {
        return dice.oneIn(3) ? edge : (dice.oneIn(4) ? "(" : "") + id(dice);
    }

    private void add(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XADD", key));
        if (dice.oneIn(8)) {
            words.add(dice.cased("NOMKSTREAM"));
        }
        if (dice.oneIn(4)) {
            addTrim(dice, words);
        }
        words.add(dice.oneIn(10) ? id(dice) : nextId(dice));
        int pairs = dice.oneIn(3) ? dice.between(0, 4) : 1;
        for (int i = 0; i < pairs; i++) {
            words.add(field(dice));
            words.add(dice.value());
        }
        if (dice.oneIn(30)) {
            words.remove(words.size() - 1);
        }
        script.addAsIs(Tolerance.EXACT, words);
    }

    private void addTrim(Dice dice, List<String> words) {
        boolean byLength = dice.oneIn(2);
        words.add(dice.cased(byLength ? "MAXLEN" : "MINID"));
        boolean approximate = dice.oneIn(2);
        if (approximate || dice.oneIn(3)) {
            words.add(approximate ? "~" : "=");
        }
        words.add(byLength ? dice.number(0, 40) : id(dice));
        if (approximate && dice.oneIn(3) || dice.oneIn(20)) {
            words.addAll(List.of(dice.cased("LIMIT"), dice.number(0, 20)));
        }
    }

    private void trim(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XTRIM", key));
        addTrim(dice, words);
        script.add(words);
    }

    private void range(Dice dice, Script script, String key) {
        boolean reverse = dice.oneIn(2);
        List<String> words = new ArrayList<>(List.of(reverse ? "XREVRANGE" : "XRANGE", key));
        words.add(bound(dice, reverse ? "+" : "-"));
        words.add(bound(dice, reverse ? "-" : "+"));
        if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("COUNT"), dice.number(0, 20)));
        }
        script.add(words);
    }

    private void setId(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XSETID", key, id(dice)));
        if (dice.oneIn(3)) {
            words.addAll(List.of("ENTRIESADDED", dice.number(0, 200)));
        }
        if (dice.oneIn(3)) {
            words.addAll(List.of("MAXDELETEDID", id(dice)));
        }
        script.add(words);
    }

    private void read(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("XREAD"));
        if (dice.oneIn(2)) {
            words.addAll(List.of("COUNT", dice.number(0, 20)));
        }
        addStreams(dice, words, false);
        script.addAsIs(Tolerance.EXACT, words);
    }

    private void addStreams(Dice dice, List<String> words, boolean isGroup) {
        if (dice.oneIn(60)) {
            words.add(dice.oddWord());
        }
        words.add(dice.cased("STREAMS"));
        int streams = dice.oneIn(3) ? dice.between(1, 3) : 1;
        for (int i = 0; i < streams; i++) {
            words.add(dice.key());
        }
        for (int i = 0; i < streams; i++) {
            words.add(isGroup && !dice.oneIn(4) ? ">" : dice.oneIn(3) ? "0" : id(dice));
        }
        if (dice.oneIn(60)) {
            words.remove(words.size() - 1);
        }
    }

    private void readGroup(Dice dice, Script script) {
        List<String> words = new ArrayList<>(List.of("XREADGROUP", "GROUP", group(dice), consumer(dice)));
        if (dice.oneIn(2)) {
            words.addAll(List.of("COUNT", dice.number(0, 9)));
        }
        if (dice.oneIn(5)) {
            words.add(dice.cased("NOACK"));
        }
        addStreams(dice, words, true);
        script.addAsIs(Tolerance.EXACT, words);
    }

    private void claim(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XCLAIM", key, group(dice), consumer(dice)));
        words.add(dice.oneIn(6) ? LONG_IDLE : "0");
        for (int i = dice.below(4); i >= 0; i--) {
            words.add(id(dice));
        }
        if (dice.oneIn(4)) {
            words.addAll(List.of("RETRYCOUNT", dice.number(0, 9)));
        }
        if (dice.oneIn(6)) {
            words.addAll(List.of("LASTID", id(dice)));
        }
        if (dice.oneIn(6)) {
            words.addAll(List.of(dice.one("IDLE", "TIME"), dice.one("0", "abc", "1000")));
        }
        if (dice.oneIn(3)) {
            words.add(dice.cased("FORCE"));
        }
        if (dice.oneIn(2)) {
            words.add(dice.cased("JUSTID"));
        }
        script.add(words);
    }

    private void autoClaim(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XAUTOCLAIM", key, group(dice), consumer(dice)));
        words.add(dice.oneIn(6) ? LONG_IDLE : "0");
        words.add(dice.oneIn(2) ? "0" : bound(dice, "-"));
        if (dice.oneIn(2)) {
            words.addAll(List.of("COUNT", Integer.toString(dice.between(-1, 9))));
        }
        if (dice.oneIn(2)) {
            words.add(dice.cased("JUSTID"));
        }
        script.add(words);
    }

    private void pending(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XPENDING", key, group(dice)));
        if (dice.oneIn(3)) {
            script.add(words);
            return;
        }
        if (dice.oneIn(4)) {
            words.addAll(List.of("IDLE", dice.one("0", LONG_IDLE, "-1")));
        }
        words.add(bound(dice, "-"));
        words.add(bound(dice, "+"));
        words.add(dice.number(0, 20));
        if (dice.oneIn(3)) {
            words.add(consumer(dice));
        }
        script.add(Tolerance.TIMED, words);
    }

    private void groups(Dice dice, Script script, String key) {
        List<String> words = new ArrayList<>(List.of("XGROUP"));
        switch (dice.below(9)) {
            case 0, 1, 2, 3 -> {
                words.addAll(List.of("CREATE", key, group(dice), dice.oneIn(3) ? "$" : dice.oneIn(2) ? "0" : id(dice)));
                if (dice.oneIn(4)) {
                    words.add(dice.cased("MKSTREAM"));
                }
                if (dice.oneIn(4)) {
                    words.addAll(List.of("ENTRIESREAD", dice.number(-2, 50)));
                }
            }
            case 4, 5 -> {
                words.addAll(List.of("SETID", key, group(dice), dice.oneIn(4) ? "$" : id(dice)));
                if (dice.oneIn(3)) {
                    words.addAll(List.of("ENTRIESREAD", dice.number(-2, 50)));
                }
            }
            case 6 -> words.addAll(List.of("CREATECONSUMER", key, group(dice), consumer(dice)));
            case 7 -> words.addAll(List.of("DELCONSUMER", key, group(dice), consumer(dice)));
            default -> words.addAll(List.of("DESTROY", key, group(dice)));
        }
        script.add(words);
    }

    private static void info(Dice dice, Script script, String key) {
        switch (dice.below(4)) {
            case 0 -> script.add("XINFO", "STREAM", key);
            case 1 -> script.add(Tolerance.TIMED, "XINFO", "STREAM", key, "FULL", "COUNT", dice.number(0, 5));
            case 2 -> script.add("XINFO", "GROUPS", key);
            default -> script.add(Tolerance.TIMED, "XINFO", "CONSUMERS", key, group(dice));
        }
    }
}
