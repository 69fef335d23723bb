package io.kdb.server.config;

import java.util.List;

/** {@code replicaof}: the primary to follow, or none. Immutable. */
public record PrimaryAddress(String host, int port) {
    public static final PrimaryAddress NONE = new PrimaryAddress("", 0);

    public boolean isNone() {
        return host.isEmpty();
    }

    static final Syntax<PrimaryAddress> SYNTAX = new Syntax<>() {
        @Override
        public PrimaryAddress parse(List<String> words, PrimaryAddress before) throws RefusedSetting {
            if (words.size() != 2) throw new RefusedSetting("wrong number of arguments");
            if (words.get(0).equalsIgnoreCase("no") && words.get(1).equalsIgnoreCase("one")) return NONE;
            if (!words.get(1).matches("\\d{1,5}") || Integer.parseInt(words.get(1)) > 65535) {
                throw new RefusedSetting("Invalid master port");
            }
            return new PrimaryAddress(words.get(0), Integer.parseInt(words.get(1)));
        }

        @Override
        public String format(PrimaryAddress value) {
            return value.isNone() ? "" : value.host() + " " + value.port();
        }

        @Override
        public List<Line> lines(String name, PrimaryAddress value, PrimaryAddress defaultValue) {
            return value.isNone() ? List.of() : List.of(new Line(name + " " + format(value), true));
        }
    };
}
