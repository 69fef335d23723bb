package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.Session;

/** Which connections CLIENT KILL means. Immutable once parsed. */
final class ClientFilter {
    private boolean oldStyle;
    private boolean skipMe = true;
    private long id;
    private Session.Kind kind;
    private String user;
    private String address;
    private String localAddress;

    private ClientFilter() {}

    static ClientFilter parse(Call call) {
        Arguments args = call.args();
        ClientFilter filter = new ClientFilter();
        if (args.count() == 3) {
            filter.oldStyle = true;
            filter.skipMe = false;
            filter.address = args.text(2);
            return filter;
        }
        for (int i = 2; i < args.count(); i += 2) {
            if (i + 1 >= args.count()) {
                throw Errors.SYNTAX;
            }
            filter.option(call, args, i);
        }
        return filter;
    }

    private void option(Call call, Arguments args, int i) {
        String value = args.text(i + 1);
        if (args.is(i, "ID")) {
            CommandError wrong = new CommandError("ERR client-id should be greater than 0");
            id = call.integer(i + 1, 1, Long.MAX_VALUE, wrong);
        } else if (args.is(i, "TYPE")) {
            kind = kind(value);
        } else if (args.is(i, "ADDR")) {
            address = value;
        } else if (args.is(i, "LADDR")) {
            localAddress = value;
        } else if (args.is(i, "USER")) {
            if (!value.equals("default")) {
                throw new CommandError("ERR No such user '" + value + "'");
            }
            user = value;
        } else if (args.is(i, "SKIPME")) {
            skipMe = args.is(i + 1, "YES");
            if (!skipMe && !args.is(i + 1, "NO")) {
                throw Errors.SYNTAX;
            }
        } else {
            throw Errors.SYNTAX;
        }
    }

    /** @throws CommandError for a name that is no kind of client */
    static Session.Kind kind(String name) {
        return switch (name.toLowerCase(java.util.Locale.ROOT)) {
            case "normal" -> Session.Kind.NORMAL;
            case "replica", "slave" -> Session.Kind.REPLICA;
            case "pubsub" -> Session.Kind.PUBSUB;
            case "master" -> Session.Kind.PRIMARY;
            default -> throw new CommandError("ERR Unknown client type '" + name + "'");
        };
    }

    boolean isOldStyle() {
        return oldStyle;
    }

    boolean matches(Session session, Session caller) {
        return (id == 0 || session.id() == id)
                && (kind == null || session.kind() == kind)
                && (user == null || session.user().equals(user))
                && (address == null || session.connection().peer().equals(address))
                && (localAddress == null || session.connection().local().equals(localAddress))
                && !(skipMe && session == caller);
    }
}
