package io.kdb.server.commands;

import static io.kdb.server.dispatch.AclCategory.GEO;
import static io.kdb.server.dispatch.CommandFlag.DENYOOM;
import static io.kdb.server.dispatch.CommandFlag.MOVABLEKEYS;
import static io.kdb.server.dispatch.CommandFlag.READONLY;
import static io.kdb.server.dispatch.CommandFlag.WRITE;
import static io.kdb.server.dispatch.CommandSpec.row;
import static io.kdb.server.dispatch.KeySpec.Flag.ACCESS;
import static io.kdb.server.dispatch.KeySpec.Flag.OW;
import static io.kdb.server.dispatch.KeySpec.Flag.RO;
import static io.kdb.server.dispatch.KeySpec.Flag.UPDATE;
import static io.kdb.server.dispatch.KeySpec.afterKeyword;
import static io.kdb.server.dispatch.KeySpec.key;

import io.kdb.server.commands.GeoSearch.Kind;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeySpec;
import java.util.List;

/** Finding the places near another one. */
public final class GeoSearchCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("geosearch", -7, key(1, RO, ACCESS), GeoSearchCommands::geosearch, READONLY)
                    .in(GEO),
            row(
                            "geosearchstore",
                            -8,
                            List.of(key(1, OW, UPDATE), key(2, RO, ACCESS)),
                            GeoSearchCommands::geosearchstore,
                            WRITE,
                            DENYOOM)
                    .in(GEO),
            storer("georadius", -6, 6, GeoSearchCommands::georadius),
            row("georadius_ro", -6, key(1, RO, ACCESS), GeoSearchCommands::georadiusRo, READONLY)
                    .in(GEO),
            storer("georadiusbymember", -5, 5, GeoSearchCommands::georadiusbymember),
            row("georadiusbymember_ro", -5, key(1, RO, ACCESS), GeoSearchCommands::georadiusbymemberRo, READONLY)
                    .in(GEO));

    private GeoSearchCommands() {}

    private static CommandSpec storer(String name, int arity, int options, CommandFunction function) {
        KeySpec store = afterKeyword("STORE", options, 0, 1, 0, OW, UPDATE);
        KeySpec storeDistance = afterKeyword("STOREDIST", options, 0, 1, 0, OW, UPDATE);
        return row(
                        name,
                        arity,
                        List.of(key(1, RO, ACCESS), store, storeDistance),
                        function,
                        WRITE,
                        DENYOOM,
                        MOVABLEKEYS)
                .in(GEO);
    }

    // GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude
    //     BYRADIUS radius M | KM | FT | MI | BYBOX width height M | KM | FT | MI
    //     [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
    private static void geosearch(Call call) {
        new GeoSearch(call, 1, Kind.SEARCH).run();
    }

    // GEOSEARCHSTORE destination source FROMMEMBER member | FROMLONLAT longitude latitude
    //     BYRADIUS radius M | KM | FT | MI | BYBOX width height M | KM | FT | MI
    //     [ASC | DESC] [COUNT count [ANY]] [STOREDIST]
    private static void geosearchstore(Call call) {
        new GeoSearch(call, 2, Kind.SEARCH_AND_STORE).run();
    }

    // GEORADIUS key longitude latitude radius M | KM | FT | MI [WITHCOORD] [WITHDIST] [WITHHASH]
    //     [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]
    private static void georadius(Call call) {
        new GeoSearch(call, 1, Kind.AROUND_PLACE).run();
    }

    // GEORADIUS_RO key longitude latitude radius M | KM | FT | MI [WITHCOORD] [WITHDIST] [WITHHASH]
    //     [COUNT count [ANY]] [ASC | DESC]
    private static void georadiusRo(Call call) {
        new GeoSearch(call, 1, Kind.AROUND_PLACE_READ_ONLY).run();
    }

    // GEORADIUSBYMEMBER key member radius M | KM | FT | MI [WITHCOORD] [WITHDIST] [WITHHASH]
    //     [COUNT count [ANY]] [ASC | DESC] [STORE key] [STOREDIST key]
    private static void georadiusbymember(Call call) {
        new GeoSearch(call, 1, Kind.AROUND_MEMBER).run();
    }

    // GEORADIUSBYMEMBER_RO key member radius M | KM | FT | MI [WITHCOORD] [WITHDIST] [WITHHASH]
    //     [COUNT count [ANY]] [ASC | DESC]
    private static void georadiusbymemberRo(Call call) {
        new GeoSearch(call, 1, Kind.AROUND_MEMBER_READ_ONLY).run();
    }
}
