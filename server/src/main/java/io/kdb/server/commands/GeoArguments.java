package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.Doubles;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.geo.GeoCode;
import java.nio.charset.StandardCharsets;

/** Places, distances and units in arguments. Stateless. */
final class GeoArguments {
    private static final CommandError UNIT =
            new CommandError("ERR unsupported unit provided. please use M, KM, FT, MI");
    private static final CommandError RADIUS = new CommandError("ERR need numeric radius");
    private static final CommandError NEGATIVE_RADIUS = new CommandError("ERR radius cannot be negative");

    private GeoArguments() {}

    /** Meters of the unit at argument {@code i}. */
    static double metersPerUnit(Arguments args, int i) {
        if (args.is(i, "m")) {
            return 1;
        }
        if (args.is(i, "km")) {
            return 1000;
        }
        if (args.is(i, "ft")) {
            return 0.3048;
        }
        if (args.is(i, "mi")) {
            return 1609.34;
        }
        throw UNIT;
    }

    static double radius(Arguments args, int i) {
        double radius = ScoreArguments.score(args, i, RADIUS);
        if (radius < 0) {
            throw NEGATIVE_RADIUS;
        }
        return radius;
    }

    /** Throws unless the arguments from {@code i} on are a longitude and a latitude. */
    static void requirePlace(Arguments args, int i) {
        double longitude = ScoreArguments.score(args, i);
        double latitude = ScoreArguments.score(args, i + 1);
        if (!GeoCode.isPlace(longitude, latitude)) {
            throw new CommandError(
                    "ERR invalid longitude,latitude pair " + sixDecimals(longitude) + "," + sixDecimals(latitude));
        }
    }

    private static String sixDecimals(double value) {
        byte[] text = new byte[Double.MAX_EXPONENT];
        int length = Double.isInfinite(value) ? Doubles.write(value, text, 0) : Doubles.writeFixed(value, 6, text, 0);
        return new String(text, 0, length, StandardCharsets.US_ASCII);
    }
}
