package io.kdb.server.commands;

import io.kdb.server.dispatch.Call;
import java.util.Locale;

/** The frame of every container's HELP. Stateless. */
final class Help {
    private Help() {}

    /** Replies the lines between Redis' headline and the entry for HELP itself. */
    static void reply(Call call, String... lines) {
        String name = call.spec().parentOrSelf().name().toUpperCase(Locale.ROOT);
        call.reply().array(lines.length + 3);
        call.reply().simple(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        for (String line : lines) {
            call.reply().simple(line);
        }
        call.reply().simple("HELP");
        call.reply().simple("    Print this text.");
    }
}
