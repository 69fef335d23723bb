package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.server.config.Parameter;
import io.kdb.server.config.Parameters;
import java.nio.charset.StandardCharsets;

/** Which words of a command MONITOR and SLOWLOG must not show: passwords. Stateless. */
final class Secrets {
    static final byte[] SHOWN_INSTEAD = "(redacted)".getBytes(StandardCharsets.US_ASCII);

    private static final boolean[] NONE = {};

    private Secrets() {}

    /** By argument; shorter than the arguments where no later one is secret. */
    static boolean[] of(CommandSpec spec, Arguments args) {
        return switch (spec.fullName()) {
            case "auth" -> behind(args, 0, args.count() - 1);
            case "hello" -> behindWord(args, 2, "AUTH", 2);
            case "migrate" -> {
                boolean[] alone = behindWord(args, 6, "AUTH", 1);
                yield alone.length > 0 ? alone : behindWord(args, 6, "AUTH2", 2);
            }
            case "config|set" -> settings(args);
            default -> NONE;
        };
    }

    private static boolean[] behindWord(Arguments args, int from, String word, int count) {
        for (int i = from; i < args.count(); i++) {
            if (args.is(i, word)) {
                return behind(args, i, count);
            }
        }
        return NONE;
    }

    private static boolean[] behind(Arguments args, int at, int count) {
        boolean[] secret = new boolean[args.count()];
        for (int i = at + 1; i < args.count() && i <= at + count; i++) {
            secret[i] = true;
        }
        return secret;
    }

    private static boolean[] settings(Arguments args) {
        boolean[] secret = new boolean[args.count()];
        for (int i = 2; i + 1 < args.count(); i += 2) {
            Parameter<?> parameter = Parameters.find(args.text(i));
            secret[i + 1] = parameter != null && parameter.sensitive();
        }
        return secret;
    }

    static boolean isSecret(boolean[] secret, int i) {
        return i < secret.length && secret[i];
    }
}
