package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Places as members of sorted sets, and searches for them. Owner: one round. */
final class GeoFamily implements CommandFamily {
    @Override
    public String name() {
        return "geo";
    }

    @Override
    public int weight() {
        return 6;
    }

    @Override
    public void add(Dice dice, Script script) {
        String key = dice.key();
        switch (dice.below(14)) {
            case 0, 1, 2 -> script.add(add(dice, key, dice.between(1, 4)));
            case 3 -> script.add(add(dice, key, dice.between(1, 60)));
            case 4 -> script.add("GEOPOS", key, member(dice), member(dice));
            case 5 -> script.add("GEOHASH", key, member(dice), member(dice));
            case 6 -> {
                List<String> words = new ArrayList<>(List.of("GEODIST", key, member(dice), member(dice)));
                if (dice.oneIn(2)) {
                    words.add(unit(dice));
                }
                script.add(words);
            }
            case 7, 8, 9 -> {
                List<String> words = search(dice, new ArrayList<>(List.of("GEOSEARCH", key)));
                with(dice, words);
                script.add(Tolerance.DISTANCES, words);
            }
            case 10 -> script.add(search(dice, new ArrayList<>(List.of("GEOSEARCHSTORE", dice.key(), key))));
            case 11 -> script.together(() -> storeDistances(dice, script, key));
            default -> script.add(Tolerance.DISTANCES, radius(dice, key));
        }
    }

    private static String member(Dice dice) {
        return "p" + dice.below(80);
    }

    private static String longitude(Dice dice) {
        return switch (dice.below(8)) {
            case 0 -> dice.one("180", "-180", "179.9999", "-179.9999", "181", "0");
            case 1 -> dice.number();
            case 2, 3 -> coordinate(dice.anyLong(), 180);
            default -> coordinate(dice.anyLong(), 3);
        };
    }

    private static String latitude(Dice dice) {
        return switch (dice.below(8)) {
            case 0 -> dice.one("85.05112878", "-85.05112878", "85", "-85", "86", "0");
            case 1 -> dice.number();
            case 2, 3 -> coordinate(dice.anyLong(), 85);
            default -> coordinate(dice.anyLong(), 3);
        };
    }

    private static String coordinate(long any, int most) {
        return String.format(Locale.ROOT, "%.9f", any / (double) Long.MIN_VALUE * most);
    }

    private static String unit(Dice dice) {
        return dice.oneIn(12) ? dice.oddWord() : dice.cased(dice.one("M", "KM", "FT", "MI"));
    }

    private static List<String> add(Dice dice, String key, int places) {
        List<String> words = new ArrayList<>(List.of("GEOADD", key));
        while (dice.oneIn(4)) {
            words.add(dice.cased(dice.one("NX", "XX", "CH")));
        }
        for (int i = 0; i < places; i++) {
            boolean safe = places > 10;
            words.add(safe ? coordinate(dice.anyLong(), 5) : longitude(dice));
            words.add(safe ? coordinate(dice.anyLong(), 5) : latitude(dice));
            words.add(member(dice));
        }
        return words;
    }

    private static String size(Dice dice) {
        return dice.oneIn(10)
                ? dice.number()
                : dice.one("1", "10", "100", "300", "1000", "5000", "20000", "100000", "1000000") + "."
                        + dice.below(100);
    }

    private static List<String> search(Dice dice, List<String> words) {
        words.addAll(
                dice.oneIn(2)
                        ? List.of("FROMMEMBER", member(dice))
                        : List.of(dice.cased("FROMLONLAT"), longitude(dice), latitude(dice)));
        words.addAll(
                dice.oneIn(2)
                        ? List.of(dice.cased("BYRADIUS"), size(dice), unit(dice))
                        : List.of("BYBOX", size(dice), size(dice), unit(dice)));
        order(dice, words);
        return words;
    }

    private static void order(Dice dice, List<String> words) {
        if (dice.oneIn(2)) {
            words.add(dice.cased(dice.one("ASC", "DESC")));
        }
        if (dice.oneIn(3)) {
            // Which of several at the same distance are cut off depends on Redis' unstable partial sort.
            if (dice.oneIn(2)) {
                words.addAll(List.of("COUNT", dice.number(1, 9), "ANY"));
            } else {
                words.addAll(List.of("COUNT", dice.number(1000, 1009)));
            }
        }
    }

    private static void with(Dice dice, List<String> words) {
        while (dice.oneIn(2)) {
            words.add(dice.cased(dice.one("WITHDIST", "WITHCOORD", "WITHHASH")));
        }
    }

    private static List<String> radius(Dice dice, String key) {
        boolean readOnly = dice.oneIn(2);
        List<String> words = new ArrayList<>();
        if (dice.oneIn(2)) {
            words.addAll(List.of("GEORADIUS", key, longitude(dice), latitude(dice)));
        } else {
            words.addAll(List.of("GEORADIUSBYMEMBER", key, member(dice)));
        }
        words.addAll(List.of(size(dice), unit(dice)));
        order(dice, words);
        if (readOnly) {
            words.set(0, words.get(0) + "_RO");
            with(dice, words);
        } else if (dice.oneIn(2)) {
            words.addAll(List.of(dice.cased("STORE"), dice.key()));
        } else {
            with(dice, words);
        }
        return words;
    }

    /** The last of a distance's digits may differ, so it must not stay. */
    private static void storeDistances(Dice dice, Script script, String key) {
        List<String> words = search(dice, new ArrayList<>(List.of("GEOSEARCHSTORE", "geo:distances", key)));
        words.add("STOREDIST");
        script.addAsIs(Tolerance.EXACT, words);
        script.addAsIs(Tolerance.EXACT, "ZRANGE", "geo:distances", "0", "-1");
        script.addAsIs(Tolerance.EXACT, "DEL", "geo:distances");
    }
}
