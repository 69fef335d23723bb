package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.geo.GeoArea;
import io.kdb.server.geo.GeoCode;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;

/** One search for places: its options, read in Redis' order, and its doing. Owner: one call. */
final class GeoSearch {
    /** Which of the commands it is. */
    enum Kind {
        /** GEORADIUS, which may store. */
        AROUND_PLACE,
        AROUND_PLACE_READ_ONLY,
        AROUND_MEMBER,
        AROUND_MEMBER_READ_ONLY,
        SEARCH,
        SEARCH_AND_STORE
    }

    private static final CommandError NO_MEMBER = new CommandError("ERR could not decode requested zset member");
    private static final CommandError COUNT = new CommandError("ERR COUNT must be > 0");
    private static final CommandError ANY_WITHOUT_COUNT =
            new CommandError("ERR the ANY argument requires COUNT argument");
    private static final CommandError WIDTH = new CommandError("ERR need numeric width");
    private static final CommandError HEIGHT = new CommandError("ERR need numeric height");
    private static final CommandError NEGATIVE_SIDE = new CommandError("ERR height or width cannot be negative");
    private static final CommandError STORE_WITH = new CommandError(
            "ERR STORE option in GEORADIUS is not compatible" + " with WITHDIST, WITHHASH and WITHCOORD options");
    private static final CommandError SEARCH_STORE_WITH =
            new CommandError("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options");

    private final Call call;
    private final Arguments args;
    private final Kind kind;
    private final SortedSetValue set;

    private boolean hasPlace;
    private boolean isFromMember;
    private double longitude;
    private double latitude;
    private boolean isCircle;
    private boolean isBox;
    private double width;
    private double height;
    private double metersPerUnit;

    private boolean withDistance;
    private boolean withHash;
    private boolean withPlace;
    private GeoPlaces.Order order = GeoPlaces.Order.NONE;
    private long count;
    private boolean any;
    private int storeKey;
    private boolean storeDistance;

    /** Reads the arguments and looks the key at argument {@code source} up. */
    GeoSearch(Call call, int source, Kind kind) {
        this.call = call;
        this.args = call.args();
        this.kind = kind;
        KeyCursor key = call.read(source).requireType(ValueType.ZSET);
        set = key.exists() ? key.sortedSet() : null;
        storeKey = kind == Kind.SEARCH_AND_STORE ? 1 : 0;
        int options = source + 1;
        switch (kind) {
            case AROUND_PLACE, AROUND_PLACE_READ_ONLY -> {
                fromPlace(2);
                circle(4);
                options = 6;
            }
            case AROUND_MEMBER, AROUND_MEMBER_READ_ONLY -> {
                if (set != null) {
                    fromMember(2);
                    circle(3);
                }
                options = 5;
            }
            default -> {}
        }
        for (int i = options; i < args.count(); ) {
            i += option(i, args.count() - i - 1);
        }
        check();
    }

    private boolean isSearch() {
        return kind == Kind.SEARCH || kind == Kind.SEARCH_AND_STORE;
    }

    private void fromPlace(int i) {
        GeoArguments.requirePlace(args, i);
        longitude = ScoreArguments.score(args, i);
        latitude = ScoreArguments.score(args, i + 1);
        hasPlace = true;
    }

    private void fromMember(int i) {
        isFromMember = true;
        if (set == null) {
            return; // the arguments behind are read all the same
        }
        if (!GeoCommands.find(set, args, i)) {
            throw NO_MEMBER;
        }
        long code = GeoCode.ofScore(set.score());
        longitude = GeoCode.longitude(code);
        latitude = GeoCode.latitude(code);
    }

    private void circle(int i) {
        width = GeoArguments.radius(args, i);
        metersPerUnit = GeoArguments.metersPerUnit(args, i + 1);
        isCircle = true;
    }

    private void box(int i) {
        width = ScoreArguments.score(args, i, WIDTH);
        height = ScoreArguments.score(args, i + 1, HEIGHT);
        if (height < 0 || width < 0) {
            throw NEGATIVE_SIDE;
        }
        metersPerUnit = GeoArguments.metersPerUnit(args, i + 2);
        isBox = true;
    }

    /** Takes the option at argument {@code i}, {@code more} behind it; answers how many arguments it has. */
    private int option(int i, int more) {
        if (args.is(i, "WITHDIST")) {
            withDistance = true;
        } else if (args.is(i, "WITHHASH")) {
            withHash = true;
        } else if (args.is(i, "WITHCOORD")) {
            withPlace = true;
        } else if (args.is(i, "ANY")) {
            any = true;
        } else if (args.is(i, "ASC")) {
            order = GeoPlaces.Order.NEAREST;
        } else if (args.is(i, "DESC")) {
            order = GeoPlaces.Order.FARTHEST;
        } else if (args.is(i, "COUNT") && more >= 1) {
            count = call.integer(i + 1);
            if (count <= 0) {
                throw COUNT;
            }
            return 2;
        } else {
            return isSearch() ? searchOption(i, more) : storeOption(i, more);
        }
        return 1;
    }

    private int storeOption(int i, int more) {
        boolean mayStore = kind == Kind.AROUND_PLACE || kind == Kind.AROUND_MEMBER;
        storeDistance = args.is(i, "STOREDIST");
        if (!mayStore || more < 1 || !storeDistance && !args.is(i, "STORE")) {
            throw Errors.SYNTAX;
        }
        storeKey = i + 1;
        return 2;
    }

    private int searchOption(int i, int more) {
        if (args.is(i, "FROMMEMBER") && more >= 1 && !hasPlace) {
            fromMember(i + 1);
            return 2;
        }
        if (args.is(i, "FROMLONLAT") && more >= 2 && !isFromMember) {
            fromPlace(i + 1);
            return 3;
        }
        if (args.is(i, "BYRADIUS") && more >= 2 && !isBox) {
            circle(i + 1);
            return 3;
        }
        if (args.is(i, "BYBOX") && more >= 3 && !isCircle) {
            box(i + 1);
            return 4;
        }
        if (args.is(i, "STOREDIST") && kind == Kind.SEARCH_AND_STORE) {
            storeDistance = true;
            return 1;
        }
        throw Errors.SYNTAX;
    }

    private void check() {
        if (storeKey != 0 && (withDistance || withHash || withPlace)) {
            throw kind == Kind.SEARCH_AND_STORE ? SEARCH_STORE_WITH : STORE_WITH;
        }
        if (isSearch() && !hasPlace && !isFromMember) {
            throw new CommandError("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + args.text(0));
        }
        if (isSearch() && !isCircle && !isBox) {
            throw new CommandError("ERR exactly one of BYRADIUS and BYBOX can be specified for " + args.text(0));
        }
        if (any && count == 0) {
            throw ANY_WITHOUT_COUNT;
        }
        if (count != 0 && order == GeoPlaces.Order.NONE && !any) {
            order = GeoPlaces.Order.NEAREST;
        }
    }

    /** Searches, and replies or stores. */
    void run() {
        GeoPlaces places = new GeoPlaces();
        if (set != null) {
            GeoArea area = isCircle
                    ? GeoArea.circle(longitude, latitude, width, metersPerUnit)
                    : GeoArea.box(longitude, latitude, width, height, metersPerUnit);
            places.collect(set, area, any ? count : Long.MAX_VALUE);
        }
        places.sort(order, count == 0 ? Long.MAX_VALUE : count);
        if (storeKey != 0) {
            places.store(call, storeKey, storeDistance, isSearch() ? "geosearchstore" : "georadiusstore");
        } else {
            places.reply(call, withDistance, withHash, withPlace);
        }
    }
}
