package io.kdb.tools;

import java.io.IOException;
import java.util.List;

/** The entry of the {@code kdb} command: a node, or one of the tools. */
public final class Kdb {
    private Kdb() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = List.of(arguments);
        if (!words.isEmpty() && words.get(0).equals("server")) {
            System.exit(ServerCommand.run(words.subList(1, words.size())));
        }
        System.exit(KdbCommand.run(arguments));
    }
}
