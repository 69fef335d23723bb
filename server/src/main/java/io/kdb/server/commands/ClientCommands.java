package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ADMIN;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandSpec.container;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.ClientPause;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandFlag;
import io.kdb.server.dispatch.CommandFunction;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Session;
import io.kdb.server.dispatch.Suspension;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** CLIENT and its subcommands; those for client-side caching are {@link TrackingCommands}. https://redis.io/docs/latest/commands/client/ */
public final class ClientCommands {
    public static final List<CommandSpec> TABLE = List.of(container(
            "client",
            -2,
            List.of(
                    sub("id", 2, call -> call.reply().integer(call.session().id())),
                    sub("info", 2, ClientCommands::info),
                    sub("list", -2, ClientCommands::list, ADMIN),
                    sub("kill", -3, ClientCommands::kill, ADMIN),
                    sub("getname", 2, ClientCommands::getname),
                    sub("setname", 3, ClientCommands::setname),
                    sub("setinfo", 4, ClientCommands::setinfo),
                    sub("reply", 3, ClientCommands::reply),
                    sub("pause", -3, ClientCommands::pause, ADMIN),
                    sub("unpause", 2, ClientCommands::unpause, ADMIN),
                    sub("unblock", -3, ClientCommands::unblock, ADMIN),
                    sub("no-evict", 3, ClientCommands::noEvict, ADMIN),
                    sub("no-touch", 3, ClientCommands::noTouch),
                    sub("tracking", -3, TrackingCommands::tracking),
                    sub("caching", 3, TrackingCommands::caching),
                    sub("getredir", 2, TrackingCommands::getredir),
                    sub("trackinginfo", 2, TrackingCommands::trackinginfo),
                    row("help", 2, ClientCommands::help, LOADING, STALE).in(AclCategory.CONNECTION))));

    private static CommandSpec sub(String name, int arity, CommandFunction function, CommandFlag... more) {
        CommandFlag[] flags = java.util.Arrays.copyOf(more, more.length + 3);
        flags[more.length] = NOSCRIPT;
        flags[more.length + 1] = LOADING;
        flags[more.length + 2] = STALE;
        return row(name, arity, function, flags).in(AclCategory.CONNECTION);
    }

    private ClientCommands() {}

    // CLIENT INFO
    private static void info(Call call) {
        byte[] line = (ClientLines.line(call.session(), call.nowMs()) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        call.reply().verbatim("txt", line);
    }

    // CLIENT LIST [TYPE NORMAL | MASTER | REPLICA | PUBSUB] [ID client-id [client-id ...]]
    private static void list(Call call) {
        Arguments args = call.args();
        StringBuilder lines = new StringBuilder();
        if (args.count() == 2) {
            call.node().clients().all().forEach(session -> append(lines, session, call));
        } else if (args.is(2, "TYPE") && args.count() == 4) {
            Session.Kind kind = ClientFilter.kind(args.text(3));
            for (Session session : call.node().clients().all()) {
                if (session.kind() == kind) {
                    append(lines, session, call);
                }
            }
        } else if (args.is(2, "ID") && args.count() > 3) {
            for (int i = 3; i < args.count(); i++) {
                Session session = call.node().clients().get(call.integer(i, new CommandError("ERR Invalid client ID")));
                if (session != null) {
                    append(lines, session, call);
                }
            }
        } else {
            throw Errors.SYNTAX;
        }
        call.reply().verbatim("txt", lines.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void append(StringBuilder lines, Session session, Call call) {
        lines.append(ClientLines.line(session, call.nowMs())).append('\n');
    }

    // CLIENT KILL ip:port | [ID id] [TYPE t] [USER u] [ADDR ip:port] [LADDR ip:port] [SKIPME yes|no]
    private static void kill(Call call) {
        ClientFilter filter = ClientFilter.parse(call);
        long killed = 0;
        for (Session session : call.node().clients().all()) {
            if (!filter.matches(session, call.session())) {
                continue;
            }
            killed++;
            session.closeAfterReply();
            if (session != call.session()) {
                session.connection().close();
            }
            if (filter.isOldStyle()) {
                break;
            }
        }
        if (!filter.isOldStyle()) {
            call.reply().integer(killed);
        } else if (killed > 0) {
            call.reply().ok();
        } else {
            throw new CommandError("ERR No such client");
        }
    }

    // CLIENT GETNAME
    private static void getname(Call call) {
        String name = call.session().name();
        if (name.isEmpty()) {
            call.reply().nullBulk();
        } else {
            call.reply().bulk(name.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    // CLIENT SETNAME connection-name
    private static void setname(Call call) {
        ConnectionCommands.checkName(call.args(), 2);
        call.session().name(call.args().text(2));
        call.reply().ok();
    }

    // CLIENT SETINFO LIB-NAME libname | LIB-VER libver
    private static void setinfo(Call call) {
        Arguments args = call.args();
        boolean isName = args.is(2, "LIB-NAME");
        if (!isName && !args.is(2, "LIB-VER")) {
            throw new CommandError("ERR Unrecognized option '" + args.text(2) + "'");
        }
        String value = args.text(3);
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '!' || value.charAt(i) > '~') {
                throw new CommandError("ERR " + (isName ? "lib-name" : "lib-ver")
                        + " cannot contain spaces, newlines or special characters.");
            }
        }
        if (isName) {
            call.session().libName(value);
        } else {
            call.session().libVersion(value);
        }
        call.reply().ok();
    }

    // CLIENT REPLY ON | OFF | SKIP
    private static void reply(Call call) {
        Arguments args = call.args();
        Session session = call.session();
        if (args.is(2, "ON")) {
            session.replyMode(Session.ReplyMode.ON);
            session.unmuteThisReply();
            call.reply().ok();
        } else if (args.is(2, "OFF")) {
            session.replyMode(Session.ReplyMode.OFF);
            session.muteThisReply();
        } else if (args.is(2, "SKIP")) {
            if (session.replyMode() != Session.ReplyMode.OFF) {
                session.replyMode(Session.ReplyMode.SKIP_NEXT);
            }
            session.muteThisReply();
        } else {
            throw Errors.SYNTAX;
        }
    }

    // CLIENT PAUSE timeout [WRITE | ALL]
    private static void pause(Call call) {
        Arguments args = call.args();
        if (args.count() > 4) {
            throw Errors.SYNTAX;
        }
        ClientPause.Mode mode = ClientPause.Mode.ALL;
        if (args.count() == 4) {
            if (args.is(3, "WRITE")) {
                mode = ClientPause.Mode.WRITE;
            } else if (!args.is(3, "ALL")) {
                throw new CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
            }
        }
        long timeoutMs = call.integer(2, new CommandError("ERR timeout is not an integer or out of range"));
        if (timeoutMs < 0) {
            throw new CommandError("ERR timeout is negative");
        }
        if (timeoutMs > Long.MAX_VALUE - call.nowMs()) {
            throw new CommandError("ERR timeout is out of range");
        }
        call.node().pause().pause(mode, call.nowMs() + timeoutMs);
        call.reply().ok();
    }

    // CLIENT UNPAUSE
    private static void unpause(Call call) {
        call.node().pause().resume();
        call.reply().ok();
    }

    // CLIENT UNBLOCK client-id [TIMEOUT | ERROR]
    private static void unblock(Call call) {
        Arguments args = call.args();
        boolean error = false;
        if (args.count() == 4) {
            error = args.is(3, "ERROR");
            if (!error && !args.is(3, "TIMEOUT")) {
                throw new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
            }
        } else if (args.count() > 4) {
            throw Errors.SYNTAX;
        }
        Session session = call.node().clients().get(call.integer(2));
        Suspension suspension = session == null ? null : session.suspension();
        boolean done = suspension != null && suspension.unblock(error);
        call.reply().integer(done ? 1 : 0);
    }

    // CLIENT NO-EVICT ON | OFF
    private static void noEvict(Call call) {
        call.session().noEvict(onOff(call));
        call.reply().ok();
    }

    // CLIENT NO-TOUCH ON | OFF
    private static void noTouch(Call call) {
        call.session().noTouch(onOff(call));
        call.reply().ok();
    }

    private static boolean onOff(Call call) {
        boolean on = call.args().is(2, "ON");
        if (!on && !call.args().is(2, "OFF")) {
            throw Errors.SYNTAX;
        }
        return on;
    }

    // CLIENT HELP
    private static void help(Call call) {
        Help.reply(
                call,
                "CACHING (YES|NO)",
                "    Track, or not, the keys that the next command reads.",
                "GETNAME",
                "    Answer this connection's name.",
                "GETREDIR",
                "    Answer the id of the connection that gets this one's invalidations.",
                "ID",
                "    Answer this connection's id.",
                "INFO",
                "    Describe this connection in one line.",
                "KILL <ip:port>",
                "    Close the connection from that address.",
                "KILL <option> <value> [<option> <value> [...]]",
                "    Close every connection that fits all options:",
                "    * ID <client-id>",
                "    * ADDR <ip:port>, the peer's address",
                "    * LADDR <ip:port>, this side's address",
                "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
                "    * USER <username>",
                "    * SKIPME (YES|NO), spare the calling connection (default: yes)",
                "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]",
                "    Describe connections, one a line.",
                "NO-EVICT (ON|OFF)",
                "    Spare this connection when clients are closed for memory.",
                "NO-TOUCH (ON|OFF)",
                "    Let this connection's reads leave access times as they are.",
                "PAUSE <timeout> [WRITE|ALL]",
                "    Hold clients' commands back for <timeout> milliseconds.",
                "REPLY (ON|OFF|SKIP)",
                "    Choose which replies this connection gets.",
                "SETINFO (LIB-NAME|LIB-VER) <value>",
                "    Note the client library and its version.",
                "SETNAME <name>",
                "    Name this connection.",
                "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
                "         [OPTIN] [OPTOUT] [NOLOOP]",
                "    Choose whether this connection is told of changes to keys it may cache.",
                "TRACKINGINFO",
                "    Answer how this connection tracks keys.",
                "UNBLOCK <client-id> [TIMEOUT|ERROR]",
                "    End the wait of a blocked connection.",
                "UNPAUSE",
                "    End a pause.");
    }
}
