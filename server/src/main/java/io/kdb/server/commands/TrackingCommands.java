package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.ClientTracking;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** CLIENT's subcommands for client-side caching; their rows stand in {@link ClientCommands}. */
final class TrackingCommands {
    private static final CommandError ONE_REDIRECT =
            new CommandError("ERR A client can only redirect to a single other client");
    private static final CommandError NO_SUCH_CLIENT =
            new CommandError("ERR The client ID you want redirect to does not exist");
    private static final CommandError PREFIX_WITHOUT_BCAST =
            new CommandError("ERR PREFIX option requires BCAST mode to be enabled");
    private static final CommandError BCAST_SWITCHED = new CommandError(
            "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then"
                    + " re-enabling it with a different mode.");
    private static final CommandError BCAST_WITH_OPT =
            new CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
    private static final CommandError OPTIN_AND_OPTOUT =
            new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
    private static final CommandError OPT_SWITCHED = new CommandError(
            "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then"
                    + " re-enabling it with a different mode.");
    private static final CommandError NOT_TRACKING =
            new CommandError("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
                    + " OPTOUT mode enabled");
    private static final CommandError CACHING_YES =
            new CommandError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    private static final CommandError CACHING_NO =
            new CommandError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");

    private TrackingCommands() {}

    /** The options of CLIENT TRACKING. */
    private static final class Options {
        long redirect;
        boolean broadcast;
        boolean optIn;
        boolean optOut;
        boolean noLoop;
        final List<byte[]> prefixes = new ArrayList<>();

        Options(Call call) {
            Arguments args = call.args();
            for (int i = 3; i < args.count(); i++) {
                boolean more = i + 1 < args.count();
                if (args.is(i, "REDIRECT") && more) {
                    if (redirect != 0) {
                        throw ONE_REDIRECT;
                    }
                    redirect = call.integer(++i);
                    if (call.node().clients().get(redirect) == null) {
                        throw NO_SUCH_CLIENT;
                    }
                } else if (args.is(i, "BCAST")) {
                    broadcast = true;
                } else if (args.is(i, "OPTIN")) {
                    optIn = true;
                } else if (args.is(i, "OPTOUT")) {
                    optOut = true;
                } else if (args.is(i, "NOLOOP")) {
                    noLoop = true;
                } else if (args.is(i, "PREFIX") && more) {
                    prefixes.add(args.copy(++i));
                } else {
                    throw Errors.SYNTAX;
                }
            }
        }

        /** @throws CommandError when they do not fit each other, or what the connection has */
        void check(ClientTracking before) {
            if (!broadcast && !prefixes.isEmpty()) {
                throw PREFIX_WITHOUT_BCAST;
            }
            if (before != null && before.broadcast() != broadcast) {
                throw BCAST_SWITCHED;
            }
            if (broadcast && (optIn || optOut)) {
                throw BCAST_WITH_OPT;
            }
            if (optIn && optOut) {
                throw OPTIN_AND_OPTOUT;
            }
            if (before != null && (optIn && before.optOut() || optOut && before.optIn())) {
                throw OPT_SWITCHED;
            }
            for (int i = 0; broadcast && i < prefixes.size(); i++) {
                checkPrefix(i, before == null ? List.of() : before.prefixes());
            }
        }

        private void checkPrefix(int i, List<byte[]> existing) {
            for (byte[] other : existing) {
                if (overlap(prefixes.get(i), other)) {
                    throw overlaps(prefixes.get(i), "an existing", other);
                }
            }
            for (int j = i + 1; j < prefixes.size(); j++) {
                if (overlap(prefixes.get(i), prefixes.get(j))) {
                    throw overlaps(prefixes.get(i), "another provided", prefixes.get(j));
                }
            }
        }

        private static boolean overlap(byte[] a, byte[] b) {
            int common = Math.min(a.length, b.length);
            return Arrays.equals(a, 0, common, b, 0, common);
        }

        private static CommandError overlaps(byte[] prefix, String which, byte[] other) {
            return new CommandError("ERR Prefix '" + text(prefix) + "' overlaps with " + which + " prefix '"
                    + text(other) + "'. Prefixes for a single client must not overlap.");
        }

        private static String text(byte[] bytes) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        ClientTracking mode(ClientTracking before) {
            List<byte[]> all = new ArrayList<>();
            if (broadcast) {
                all.addAll(before == null ? List.of() : before.prefixes());
                all.addAll(prefixes);
                if (prefixes.isEmpty() && all.stream().noneMatch(prefix -> prefix.length == 0)) {
                    all.add(new byte[0]);
                }
                all.sort(Arrays::compareUnsigned);
            }
            return new ClientTracking(broadcast, optIn, optOut, noLoop, redirect, List.copyOf(all));
        }
    }

    // CLIENT TRACKING ON | OFF [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT]
    // [NOLOOP]
    static void tracking(Call call) {
        Session session = call.session();
        Options options = new Options(call);
        if (call.args().is(2, "ON")) {
            options.check(session.tracking());
            call.node().tracking().enable(session, options.mode(session.tracking()));
        } else if (call.args().is(2, "OFF")) {
            call.node().tracking().disable(session);
        } else {
            throw Errors.SYNTAX;
        }
        call.reply().ok();
    }

    // CLIENT CACHING YES | NO
    static void caching(Call call) {
        ClientTracking mode = call.session().tracking();
        if (mode == null) {
            throw NOT_TRACKING;
        }
        if (call.args().is(2, "YES")) {
            if (!mode.optIn()) {
                throw CACHING_YES;
            }
        } else if (call.args().is(2, "NO")) {
            if (!mode.optOut()) {
                throw CACHING_NO;
            }
        } else {
            throw Errors.SYNTAX;
        }
        call.session().caching(true);
        call.reply().ok();
    }

    // CLIENT GETREDIR
    static void getredir(Call call) {
        ClientTracking mode = call.session().tracking();
        call.reply().integer(mode == null ? -1 : mode.redirect());
    }

    // CLIENT TRACKINGINFO
    static void trackinginfo(Call call) {
        Session session = call.session();
        ClientTracking mode = session.tracking();
        List<String> flags = flags(session, mode);
        ReplyWriter reply = call.reply();
        reply.map(3);
        reply.bulk("flags");
        reply.set(flags.size());
        flags.forEach(reply::bulk);
        reply.bulk("redirect");
        reply.integer(mode == null ? -1 : mode.redirect());
        reply.bulk("prefixes");
        List<byte[]> prefixes = mode == null ? List.of() : mode.prefixes();
        reply.array(prefixes.size());
        prefixes.forEach(reply::bulk);
    }

    private static List<String> flags(Session session, ClientTracking mode) {
        List<String> flags = new ArrayList<>();
        flags.add(mode == null ? "off" : "on");
        if (mode == null) {
            return flags;
        }
        if (mode.broadcast()) {
            flags.add("bcast");
        }
        if (mode.optIn()) {
            flags.add("optin");
            if (session.caching()) {
                flags.add("caching-yes");
            }
        }
        if (mode.optOut()) {
            flags.add("optout");
            if (session.caching()) {
                flags.add("caching-no");
            }
        }
        if (mode.noLoop()) {
            flags.add("noloop");
        }
        if (session.redirectIsBroken()) {
            flags.add("broken_redirect");
        }
        return flags;
    }
}
