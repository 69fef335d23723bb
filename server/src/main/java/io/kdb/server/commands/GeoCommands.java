package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.GEO;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.RW;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.geo.GeoCode;
import io.kdb.server.geo.GeoDistance;
import io.kdb.server.log.Effects;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.List;

/** Places on earth as members of sorted sets. */
public final class GeoCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("geoadd", -5, key(1, RW, UPDATE), GeoCommands::geoadd, WRITE, DENYOOM)
                    .in(GEO),
            row("geodist", -4, key(1, RO, ACCESS), GeoCommands::geodist, READONLY)
                    .in(GEO),
            row("geohash", -2, key(1, RO, ACCESS), GeoCommands::geohash, READONLY)
                    .in(GEO),
            row("geopos", -2, key(1, RO, ACCESS), GeoCommands::geopos, READONLY).in(GEO));

    private static final int HASH_CHARS = 11;
    private static final int DISTANCE_DECIMALS = 4;

    private GeoCommands() {}

    /** What is replied of one member that was found. */
    private interface Place {
        void reply(Call call, long code);
    }

    // GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]
    private static void geoadd(Call call) {
        Arguments args = call.args();
        int options = 0;
        int first = 2;
        for (int option = option(args, first); option != 0; option = option(args, first)) {
            options |= option;
            first++;
        }
        int words = args.count() - first;
        int both = SortedSetCommands.NX | SortedSetCommands.XX;
        if (words % 3 != 0 || (options & both) == both) {
            throw Errors.SYNTAX;
        }
        for (int i = first; i < args.count(); i += 3) {
            GeoArguments.requirePlace(args, i);
        }
        if (SortedSetCommands.add(call, options, words / 3, GeoCommands::codeOf, first + 2, 3)) {
            log(call, first);
        }
    }

    private static int option(Arguments args, int i) {
        if (i >= args.count()) {
            return 0;
        }
        return args.is(i, "NX")
                ? SortedSetCommands.NX
                : args.is(i, "XX") ? SortedSetCommands.XX : args.is(i, "CH") ? SortedSetCommands.CH : 0;
    }

    /** The score of the place that stands before this member. */
    private static double codeOf(Arguments args, int member) {
        return code(args, member - 2);
    }

    private static long code(Arguments args, int i) {
        return GeoCode.encode(ScoreArguments.score(args, i), ScoreArguments.score(args, i + 1), GeoCode.MAX_STEP);
    }

    private static void log(Call call, int first) {
        Arguments args = call.args();
        int places = (args.count() - first) / 3;
        Effects effect = call.startEffect(first + 2 * places).argument(Words.ZADD);
        for (int i = 1; i < first; i++) {
            effect.argument(args, i);
        }
        for (int i = first; i < args.count(); i += 3) {
            effect.argument(code(args, i)).argument(args, i + 2);
        }
    }

    // GEODIST key member1 member2 [M | KM | FT | MI]
    private static void geodist(Call call) {
        Arguments args = call.args();
        double unit = args.count() == 5 ? GeoArguments.metersPerUnit(args, 4) : 1;
        if (args.count() > 5) {
            throw Errors.SYNTAX;
        }
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        SortedSetValue set = key.exists() ? key.sortedSet() : null;
        if (set == null || !find(set, args, 2)) {
            call.reply().nullBulk();
            return;
        }
        long one = GeoCode.ofScore(set.score());
        if (!find(set, args, 3)) {
            call.reply().nullBulk();
            return;
        }
        long other = GeoCode.ofScore(set.score());
        double meters = new GeoDistance()
                .between(
                        GeoCode.longitude(one),
                        GeoCode.latitude(one),
                        GeoCode.longitude(other),
                        GeoCode.latitude(other));
        call.reply().fixedBulk(meters / unit, DISTANCE_DECIMALS);
    }

    static boolean find(SortedSetValue set, Arguments args, int i) {
        return set.find(args.array(i), args.offset(i), args.length(i));
    }

    // GEOHASH key [member [member ...]]
    private static void geohash(Call call) {
        byte[] hash = new byte[HASH_CHARS];
        forEachMember(
                call,
                (to, code) -> {
                    GeoCode.hash(code, hash, 0);
                    to.reply().bulk(hash);
                },
                to -> to.reply().nullBulk());
    }

    // GEOPOS key [member [member ...]]
    private static void geopos(Call call) {
        forEachMember(call, GeoCommands::place, to -> to.reply().nullArray());
    }

    /** Longitude and latitude. */
    static void place(Call call, long code) {
        call.reply().array(2);
        call.reply().humanDouble(GeoCode.longitude(code));
        call.reply().humanDouble(GeoCode.latitude(code));
    }

    private static void forEachMember(Call call, Place place, java.util.function.Consumer<Call> missing) {
        Arguments args = call.args();
        KeyCursor key = call.read(1).requireType(ValueType.ZSET);
        SortedSetValue set = key.exists() ? key.sortedSet() : null;
        call.reply().array(args.count() - 2);
        for (int i = 2; i < args.count(); i++) {
            if (set != null && find(set, args, i)) {
                place.reply(call, GeoCode.ofScore(set.score()));
            } else {
                missing.accept(call);
            }
        }
    }
}
