package io.kdb.server.geo;

/**
 * The code of a place: the bits of its latitude and longitude, each a share of its range, in turns, the longitude's first; 26
 * of each make the score of a sorted set's member. Stateless.
 */
public final class GeoCode {
    /** Bits of each of the two in a score. */
    public static final int MAX_STEP = 26;

    public static final double MIN_LONGITUDE = -180;
    public static final double MAX_LONGITUDE = 180;
    /** Of the projection whose map is a square. */
    public static final double MIN_LATITUDE = -85.05112878;

    public static final double MAX_LATITUDE = 85.05112878;

    private static final double LONGITUDES = MAX_LONGITUDE - MIN_LONGITUDE;
    private static final double LATITUDES = MAX_LATITUDE - MIN_LATITUDE;
    private static final long EVEN = 0x5555555555555555L;
    private static final int CELL_BITS = 2 * MAX_STEP;

    private GeoCode() {}

    public static boolean isPlace(double longitude, double latitude) {
        return longitude >= MIN_LONGITUDE
                && longitude <= MAX_LONGITUDE
                && latitude >= MIN_LATITUDE
                && latitude <= MAX_LATITUDE;
    }

    /** The code with so many bits of each. The place must be one by {@link #isPlace}. */
    public static long encode(double longitude, double latitude, int step) {
        return encode(longitude, latitude, step, MIN_LATITUDE, LATITUDES);
    }

    private static long encode(double longitude, double latitude, int step, double minLatitude, double latitudes) {
        double x = (longitude - MIN_LONGITUDE) / LONGITUDES * (1L << step);
        double y = (latitude - minLatitude) / latitudes * (1L << step);
        return spread((long) y) | spread((long) x) << 1;
    }

    /** Puts a zero before each of 32 bits. */
    private static long spread(long bits) {
        long b = bits & 0xFFFFFFFFL;
        b = (b | b << 16) & 0x0000FFFF0000FFFFL;
        b = (b | b << 8) & 0x00FF00FF00FF00FFL;
        b = (b | b << 4) & 0x0F0F0F0F0F0F0F0FL;
        b = (b | b << 2) & 0x3333333333333333L;
        return (b | b << 1) & EVEN;
    }

    /** Takes every second bit. */
    private static long gather(long bits) {
        long b = bits & EVEN;
        b = (b | b >>> 1) & 0x3333333333333333L;
        b = (b | b >>> 2) & 0x0F0F0F0F0F0F0F0FL;
        b = (b | b >>> 4) & 0x00FF00FF00FF00FFL;
        b = (b | b >>> 8) & 0x0000FFFF0000FFFFL;
        return (b | b >>> 16) & 0xFFFFFFFFL;
    }

    /** The code that a score is: its whole part, as a C compiler for x86 makes an unsigned number of a double. */
    public static long ofScore(double score) {
        double top = 0x1p63;
        if (score < top) {
            return score >= -top ? (long) score : Long.MIN_VALUE;
        }
        double rest = score - top;
        return rest < top ? (long) rest ^ Long.MIN_VALUE : 0;
    }

    static double minLongitude(long code, int step) {
        return MIN_LONGITUDE + share(gather(code >>> 1), step) * LONGITUDES;
    }

    static double maxLongitude(long code, int step) {
        return MIN_LONGITUDE + share(gather(code >>> 1) + 1, step) * LONGITUDES;
    }

    static double minLatitude(long code, int step) {
        return MIN_LATITUDE + share(gather(code), step) * LATITUDES;
    }

    static double maxLatitude(long code, int step) {
        return MIN_LATITUDE + share(gather(code) + 1, step) * LATITUDES;
    }

    private static double share(long cell, int step) {
        return (cell & 0xFFFFFFFFL) * 1.0 / (1L << step);
    }

    /** The longitude of the middle of a score's cell. */
    public static double longitude(long code) {
        double middle = (minLongitude(code, MAX_STEP) + maxLongitude(code, MAX_STEP)) / 2;
        return Math.max(MIN_LONGITUDE, Math.min(MAX_LONGITUDE, middle));
    }

    /** The latitude of the middle of a score's cell. */
    public static double latitude(long code) {
        double middle = (minLatitude(code, MAX_STEP) + maxLatitude(code, MAX_STEP)) / 2;
        return Math.max(MIN_LATITUDE, Math.min(MAX_LATITUDE, middle));
    }

    /**
     * The code of the cell beside this one, {@code east} and {@code north} being -1, 0 or 1; it goes round at the edges. A place
     * on the eastern or northern edge itself has a code beyond the last cell, and keeps it unless it moves that way.
     */
    static long neighbor(long code, int step, int east, int north) {
        long mask = (1L << step) - 1;
        long x = gather(code >>> 1);
        long y = gather(code);
        return spread(north == 0 ? y : y + north & mask) | spread(east == 0 ? x : x + east & mask) << 1;
    }

    /** The first score of a cell. */
    static long firstScore(long code, int step) {
        return code << CELL_BITS - 2 * step;
    }

    /** The standard geohash of a score's place, 11 characters, for which latitudes range over +-90: base 32. */
    public static void hash(long code, byte[] to, int at) {
        long bits = encode(longitude(code), latitude(code), MAX_STEP, -90, 180);
        String alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
        for (int i = 0; i < 11; i++) {
            // 52 bits are ten characters and two bits, which Redis does not show
            int index = i == 10 ? 0 : (int) (bits >>> CELL_BITS - (i + 1) * 5) & 31;
            to[at + i] = (byte) alphabet.charAt(index);
        }
    }
}
