package io.kdb.tools.fuzz;

import java.util.List;
import java.util.Random;

/** The random words of a round, all from one seed. Owner: the round. */
public final class Dice {
    private static final int KEYS = 5;
    private static final long FAR_MS = 32_503_680_000_000L;

    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "5",
            "9999",
            "10000",
            "-0",
            "01",
            "+1",
            " 1",
            "",
            "abc",
            "1.5",
            "3.0",
            "1e3",
            "-7.25",
            "0.1",
            "1e-7",
            "123456789.1",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "2147483648",
            "4294967296",
            "18446744073709551616",
            "1e20",
            "0x10",
            "inf",
            "nan",
            "99999999999999999999");
    /** None of them is a short time to live, nor a short time to wait. */
    private static final List<String> ODD =
            List.of("", "-1", "abc", "*", "(", "[", "-", "+", "nan", "NX", "COUNT", "\0", "9223372036854775808", "-7");

    /** Begins the keys of "loglogs" (and of lists). */
    private static final String HYPERLOGLOGS = "l";

    private final Random random;
    private final boolean resp3;
    private final List<String> prefixes;
    private String prefix;

    Dice(long seed, boolean resp3, List<String> prefixes) {
        this.random = new Random(seed);
        this.resp3 = resp3;
        this.prefixes = prefixes;
        this.prefix = prefixes.get(0);
    }

    void prefix(String newPrefix) {
        prefix = newPrefix;
    }

    /** Whether the round speaks RESP3. */
    public boolean resp3() {
        return resp3;
    }

    /** From 0 to {@code bound} - 1. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** From {@code low} to {@code high}, both included. */
    public int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    public boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    public long anyLong() {
        return random.nextLong();
    }

    public String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    public String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    /**
     * A key, of a few that the family likes; now and then one that another family likes, but no HyperLogLog: Redis reads
     * beyond the end of one that others have damaged, so what comes of it is nobody's to compare.
     */
    public String key() {
        String letter = oneIn(14) ? one(prefixes) : prefix;
        return (letter.equals(HYPERLOGLOGS) ? prefix : letter) + random.nextInt(KEYS);
    }

    /** A key of any family. */
    public String anyKey() {
        return one(prefixes) + random.nextInt(KEYS);
    }

    /** Some way to write a number; mostly a small integer, now and then none at all. */
    public String number() {
        return switch (random.nextInt(6)) {
            case 0 -> one(NUMBERS);
            case 1 -> Long.toString(random.nextLong());
            case 2 -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(24) - 6));
            case 3 -> random.nextInt(1000000) + "." + random.nextInt(1000000);
            default -> Integer.toString(random.nextInt(40) - 20);
        };
    }

    /** Mostly an integer between the two, now and then any {@link #number}. */
    public String number(int low, int high) {
        return oneIn(12) ? number() : Integer.toString(between(low, high));
    }

    /** An index into something small: near both ends, and now and then far out. */
    public String index() {
        return oneIn(12) ? number() : Integer.toString(random.nextInt(24) - 10);
    }

    /** Any bytes, mostly few. */
    public String value() {
        return switch (random.nextInt(5)) {
            case 0 -> letters(random.nextInt(8), 3);
            case 1 -> letters(random.nextInt(100), 3);
            case 2 -> letters(random.nextInt(oneIn(8) ? 40_000 : 50), 256);
            default -> number();
        };
    }

    /** An element, field or member: of a few dozen, so that they meet; now and then any bytes. */
    public String element() {
        return switch (random.nextInt(16)) {
            case 0 -> value();
            case 1, 2, 3 -> letters(1, 26) + letters(random.nextInt(2), 4);
            case 4 -> letters(between(60, 70), 1 + random.nextInt(2));
            case 5 -> Integer.toString(between(-70_000, 70_000));
            default -> Integer.toString(random.nextInt(30));
        };
    }

    /** Lower-case letters, of an alphabet of so many; 256: any bytes. */
    public String letters(int length, int alphabet) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) (alphabet == 256 ? random.nextInt(256) : 'a' + random.nextInt(alphabet)));
        }
        return text.toString();
    }

    /** A word that rarely fits. */
    public String oddWord() {
        return one(ODD);
    }

    /** The word as it is, or with its letters in another case. */
    public String cased(String word) {
        return oneIn(6) ? word.toLowerCase(java.util.Locale.ROOT) : word;
    }

    /** A time to live, far too long to end while the round lasts. */
    public String ttl(boolean ms) {
        return oneIn(5) ? noShortTime() : Integer.toString((1000 + random.nextInt(1000)) * (ms ? 1000 : 1));
    }

    /** A number, but none after which a key lives for so short a time that the two servers may disagree. */
    public String noShortTime() {
        String number = number();
        return number.matches("[0-9]{1,6}") && !number.startsWith("0") ? "-" + number : number;
    }

    /** A time since 1970: far in the future, or any number. */
    public String timestamp(boolean ms) {
        return oneIn(5) ? number() : Long.toString((FAR_MS + random.nextInt(9) * 1000) / (ms ? 1 : 1000));
    }
}
