package io.kdb.server.geo;

/**
 * A circle or a box around a place, and the up to nine ranges of codes that cover it: the cell of the place and those beside it.
 * Owner: one command.
 */
public final class GeoArea {
    private static final double MERCATOR_MAX_METERS = 20037726.37;
    /** What a rough distance is surely off by less than. */
    private static final double DOUBT = 1e-9;
    /** The cells in Redis' order: east and north of the middle one. */
    private static final int[][] CELLS = {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};

    private final GeoDistance distances = new GeoDistance();
    private final double longitude;
    private final double latitude;
    private final boolean isCircle;
    private final double width;
    private final double height;
    private final double metersPerUnit;

    private final long[] cells = new long[CELLS.length];
    private int step;
    private int cellCount;
    private double distance;

    private GeoArea(
            double longitude, double latitude, boolean isCircle, double width, double height, double metersPerUnit) {
        this.longitude = longitude;
        this.latitude = latitude;
        this.isCircle = isCircle;
        this.width = width;
        this.height = height;
        this.metersPerUnit = metersPerUnit;
        cover();
    }

    public static GeoArea circle(double longitude, double latitude, double radius, double metersPerUnit) {
        return new GeoArea(longitude, latitude, true, radius, radius, metersPerUnit);
    }

    /** Width and height are those of the whole box. */
    public static GeoArea box(double longitude, double latitude, double width, double height, double metersPerUnit) {
        return new GeoArea(longitude, latitude, false, width, height, metersPerUnit);
    }

    // ---- cells ------------------------------------------------------------------------------------------------

    /** How many ranges of codes cover the area. */
    public int rangeCount() {
        return cellCount;
    }

    /** The first code of range {@code i}. */
    public long from(int i) {
        return GeoCode.firstScore(cells[i], step);
    }

    /** The code behind range {@code i}. */
    public long to(int i) {
        return GeoCode.firstScore(cells[i] + 1, step);
    }

    private void cover() {
        double halfHeight = metersPerUnit * (isCircle ? height : height / 2);
        double halfWidth = metersPerUnit * (isCircle ? width : width / 2);
        double north = GeoDistance.degrees(halfHeight / GeoDistance.EARTH_RADIUS_METERS);
        double top = GeoDistance.degrees(
                halfWidth / GeoDistance.EARTH_RADIUS_METERS / Math.cos(GeoDistance.radians(latitude + north)));
        double bottom = GeoDistance.degrees(
                halfWidth / GeoDistance.EARTH_RADIUS_METERS / Math.cos(GeoDistance.radians(latitude - north)));
        double east = latitude < 0 ? bottom : top;
        double minLongitude = longitude - east;
        double maxLongitude = longitude + east;
        double minLatitude = latitude - north;
        double maxLatitude = latitude + north;

        double radius = isCircle ? width : Math.sqrt(width / 2 * (width / 2) + height / 2 * (height / 2));
        step = steps(radius * metersPerUnit);
        long middle = GeoCode.encode(longitude, latitude, step);
        boolean isTooSmall = GeoCode.maxLatitude(GeoCode.neighbor(middle, step, 0, 1), step) < maxLatitude
                || GeoCode.minLatitude(GeoCode.neighbor(middle, step, 0, -1), step) > minLatitude
                || GeoCode.maxLongitude(GeoCode.neighbor(middle, step, 1, 0), step) < maxLongitude
                || GeoCode.minLongitude(GeoCode.neighbor(middle, step, -1, 0), step) > minLongitude;
        if (step > 1 && isTooSmall) {
            step--;
            middle = GeoCode.encode(longitude, latitude, step);
        }
        boolean noSouth = step >= 2 && GeoCode.minLatitude(middle, step) < minLatitude;
        boolean noNorth = step >= 2 && GeoCode.maxLatitude(middle, step) > maxLatitude;
        boolean noWest = step >= 2 && GeoCode.minLongitude(middle, step) < minLongitude;
        boolean noEast = step >= 2 && GeoCode.maxLongitude(middle, step) > maxLongitude;
        for (int[] cell : CELLS) {
            boolean isUseless =
                    cell[1] < 0 && noSouth || cell[1] > 0 && noNorth || cell[0] < 0 && noWest || cell[0] > 0 && noEast;
            if (!isUseless) {
                addCell(GeoCode.neighbor(middle, step, cell[0], cell[1]));
            }
        }
    }

    /** Cells of large areas can be the same; only the one before is looked at, as in Redis. */
    private void addCell(long code) {
        if (cellCount < 2 || cells[cellCount - 1] != code) {
            cells[cellCount++] = code;
        }
    }

    private int steps(double radiusMeters) {
        if (radiusMeters == 0) {
            return GeoCode.MAX_STEP;
        }
        int steps = 1;
        for (double meters = radiusMeters; meters < MERCATOR_MAX_METERS; meters *= 2) {
            steps++;
        }
        steps -= 2;
        if (Math.abs(latitude) > 66) {
            steps--;
            if (Math.abs(latitude) > 80) {
                steps--;
            }
        }
        return Math.max(1, Math.min(GeoCode.MAX_STEP, steps));
    }

    // ---- places -----------------------------------------------------------------------------------------------

    /** Whether a place is within; {@link #distance} is then its from the middle. */
    public boolean contains(double itsLongitude, double itsLatitude) {
        if (isCircle) {
            double radius = width * metersPerUnit;
            double rough = GeoDistance.roughly(longitude, latitude, itsLongitude, itsLatitude);
            if (rough > radius + DOUBT * radius + DOUBT) {
                return false;
            }
            distance = distances.between(longitude, latitude, itsLongitude, itsLatitude);
            return distance <= radius;
        }
        if (GeoDistance.ofLatitudes(itsLatitude, latitude) > height * metersPerUnit / 2
                || distances.between(itsLongitude, itsLatitude, longitude, itsLatitude) > width * metersPerUnit / 2) {
            return false;
        }
        distance = distances.between(longitude, latitude, itsLongitude, itsLatitude);
        return true;
    }

    /** In the area's unit. */
    public double distance() {
        return distance / metersPerUnit;
    }
}
