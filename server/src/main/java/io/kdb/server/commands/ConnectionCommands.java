package io.kdb.server.commands;

import static io.kdb.server.dispatch.CommandFlag.ALLOW_BUSY;
import static io.kdb.server.dispatch.CommandFlag.FAST;
import static io.kdb.server.dispatch.CommandFlag.LOADING;
import static io.kdb.server.dispatch.CommandFlag.NOSCRIPT;
import static io.kdb.server.dispatch.CommandFlag.NO_AUTH;
import static io.kdb.server.dispatch.CommandFlag.RUNS_IN_MULTI;
import static io.kdb.server.dispatch.CommandFlag.STALE;
import static io.kdb.server.dispatch.CommandFlag.WHILE_SUBSCRIBED;
import static io.kdb.server.dispatch.CommandSpec.row;

import io.kdb.resp.Arguments;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.Parameters;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** The commands about one's own connection. https://redis.io/docs/latest/commands/?group=connection */
public final class ConnectionCommands {
    public static final List<CommandSpec> TABLE = List.of(
            row("ping", -1, ConnectionCommands::ping, FAST, WHILE_SUBSCRIBED).in(AclCategory.CONNECTION),
            row("echo", 2, ConnectionCommands::echo, LOADING, STALE, FAST).in(AclCategory.CONNECTION),
            row("select", 2, ConnectionCommands::select, LOADING, STALE, FAST).in(AclCategory.CONNECTION),
            row("auth", -2, ConnectionCommands::auth, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
                    .in(AclCategory.CONNECTION),
            row("hello", -1, ConnectionCommands::hello, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
                    .in(AclCategory.CONNECTION),
            row(
                            "quit",
                            -1,
                            ConnectionCommands::quit,
                            NOSCRIPT,
                            LOADING,
                            STALE,
                            FAST,
                            NO_AUTH,
                            ALLOW_BUSY,
                            RUNS_IN_MULTI,
                            WHILE_SUBSCRIBED)
                    .in(AclCategory.CONNECTION),
            row(
                            "reset",
                            1,
                            ConnectionCommands::reset,
                            NOSCRIPT,
                            LOADING,
                            STALE,
                            FAST,
                            NO_AUTH,
                            ALLOW_BUSY,
                            RUNS_IN_MULTI,
                            WHILE_SUBSCRIBED)
                    .in(AclCategory.CONNECTION));

    private static final CommandError WRONG_PASSWORD =
            new CommandError("WRONGPASS invalid username-password pair or user is disabled.");

    private ConnectionCommands() {}

    // PING [message]
    private static void ping(Call call) {
        Arguments args = call.args();
        if (args.count() > 2) {
            throw Errors.wrongArity(call.spec());
        }
        if (call.session().isSubscriberContext()) {
            call.reply().array(2);
            call.reply().bulk("pong");
            if (args.count() == 1) {
                call.reply().emptyBulk();
            } else {
                call.reply().bulk(args.array(1), args.offset(1), args.length(1));
            }
        } else if (args.count() == 1) {
            call.reply().pong();
        } else {
            call.reply().bulk(args.array(1), args.offset(1), args.length(1));
        }
    }

    // ECHO message
    private static void echo(Call call) {
        Arguments args = call.args();
        call.reply().bulk(args.array(1), args.offset(1), args.length(1));
    }

    // SELECT index
    private static void select(Call call) {
        long index = call.integer32(1);
        if (call.node().isClustered() && index != 0) {
            throw new CommandError("ERR SELECT is not allowed in cluster mode");
        }
        if (index < 0 || index >= call.node().keyspace().databaseCount()) {
            throw Errors.DB_OUT_OF_RANGE;
        }
        call.session().db((int) index);
        call.reply().ok();
    }

    // AUTH [username] password
    private static void auth(Call call) {
        Arguments args = call.args();
        if (args.count() > 3) {
            throw Errors.SYNTAX;
        }
        if (args.count() == 2
                && call.node().config().get(Parameters.REQUIREPASS).isEmpty()) {
            throw new CommandError("ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?");
        }
        String user = args.count() == 3 ? args.text(1) : "default";
        authenticate(call, user, args, args.count() - 1);
        call.reply().ok();
    }

    private static void authenticate(Call call, String user, Arguments args, int passwordArg) {
        byte[] password = call.node().config().get(Parameters.REQUIREPASS).getBytes(StandardCharsets.UTF_8);
        boolean right = password.length == 0 || MessageDigest.isEqual(password, args.copy(passwordArg));
        if (!right || !user.equals("default")) {
            throw WRONG_PASSWORD;
        }
        call.session().user(user);
        call.session().authenticated(true);
    }

    // HELLO [protover [AUTH username password] [SETNAME clientname]]
    private static void hello(Call call) {
        Arguments args = call.args();
        Session session = call.session();
        long version = 0;
        if (args.count() > 1) {
            version = call.integer(1, new CommandError("ERR Protocol version is not an integer or out of range"));
            if (version < 2 || version > 3) {
                throw new CommandError("NOPROTO unsupported protocol version");
            }
        }
        int passwordArg = 0;
        int nameArg = 0;
        for (int i = 2; i < args.count(); i++) {
            int left = args.count() - 1 - i;
            if (args.is(i, "AUTH") && left >= 2) {
                passwordArg = i + 2;
                i += 2;
            } else if (args.is(i, "SETNAME") && left >= 1) {
                nameArg = i + 1;
                checkName(args, nameArg);
                i++;
            } else {
                throw new CommandError("ERR Syntax error in HELLO option '" + args.text(i) + "'");
            }
        }
        if (passwordArg != 0) {
            authenticate(call, args.text(passwordArg - 1), args, passwordArg);
        }
        if (!session.authenticated()) {
            throw new CommandError("NOAUTH HELLO must be called with the client already authenticated, otherwise the"
                    + " HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the"
                    + " RESP protocol version at the same time");
        }
        if (nameArg != 0) {
            session.name(args.text(nameArg));
        }
        if (version != 0) {
            session.reply().resp3(version == 3);
        }
        describe(call);
    }

    private static void describe(Call call) {
        Node node = call.node();
        ReplyWriter reply = call.reply();
        reply.map(7);
        reply.bulk("server");
        reply.bulk("redis");
        reply.bulk("version");
        reply.bulk(Node.REDIS_VERSION);
        reply.bulk("proto");
        reply.integer(reply.resp3() ? 3 : 2);
        reply.bulk("id");
        reply.integer(call.session().id());
        reply.bulk("mode");
        reply.bulk(node.isClustered() ? "cluster" : "standalone");
        reply.bulk("role");
        reply.bulk(node.isReplica() ? "replica" : "master");
        reply.bulk("modules");
        reply.array(0);
    }

    /** @throws CommandError when the name has a space, a newline or another special character */
    static void checkName(Arguments args, int arg) {
        byte[] bytes = args.array(arg);
        for (int i = args.offset(arg), end = i + args.length(arg); i < end; i++) {
            if (bytes[i] < '!' || bytes[i] > '~') {
                throw new CommandError("ERR Client names cannot contain spaces, newlines or special characters.");
            }
        }
    }

    // QUIT
    private static void quit(Call call) {
        call.reply().ok();
        // Before the peer sees the connection end.
        call.dispatcher().unsubscribeAll(call.session());
        call.session().closeAfterReply();
    }

    // RESET
    private static void reset(Call call) {
        call.dispatcher().reset(call.session());
        call.reply().simple("RESET");
    }
}
