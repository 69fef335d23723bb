package io.kdb.server.config;

import java.util.List;

/** {@code notify-keyspace-events}: which events are published and on which channels. Immutable. */
public record KeyspaceEvents(int classes) {
    public static final int KEYSPACE = 1;
    public static final int KEYEVENT = 1 << 1;
    public static final int GENERIC = 1 << 2;
    public static final int STRING = 1 << 3;
    public static final int LIST = 1 << 4;
    public static final int SET = 1 << 5;
    public static final int HASH = 1 << 6;
    public static final int ZSET = 1 << 7;
    public static final int EXPIRED = 1 << 8;
    public static final int EVICTED = 1 << 9;
    public static final int STREAM = 1 << 10;
    public static final int MODULE = 1 << 11;
    /** Not part of {@link #ALL}. */
    public static final int KEY_MISS = 1 << 12;
    /** Not part of {@link #ALL}. */
    public static final int NEW = 1 << 13;

    public static final int ALL = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

    public static final KeyspaceEvents NONE = new KeyspaceEvents(0);

    private static final String LETTERS = "KEg$lshzxetdmn";
    private static final String SHOWN_BEFORE = "g$lshzxetdn";

    /** Whether events of this class are published at all. */
    public boolean publishes(int eventClass) {
        return (classes & eventClass) != 0 && (classes & (KEYSPACE | KEYEVENT)) != 0;
    }

    static final Syntax<KeyspaceEvents> SYNTAX = new Syntax<>() {
        @Override
        public KeyspaceEvents parse(List<String> words, KeyspaceEvents before) throws RefusedSetting {
            String letters = Syntax.only(words);
            int classes = 0;
            for (int i = 0; i < letters.length(); i++) {
                int letter = LETTERS.indexOf(letters.charAt(i));
                if (letters.charAt(i) == 'A') {
                    classes |= ALL;
                } else if (letter >= 0) {
                    classes |= 1 << letter;
                } else {
                    throw new RefusedSetting("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
                }
            }
            return new KeyspaceEvents(classes);
        }

        /** As Redis 7.0 shows it: beside A, the n is not. */
        @Override
        public String format(KeyspaceEvents value) {
            StringBuilder letters = new StringBuilder();
            boolean all = (value.classes & ALL) == ALL;
            if (all) letters.append('A');
            for (char letter : (all ? "KEm" : SHOWN_BEFORE + "KEm").toCharArray()) {
                if ((value.classes & (1 << LETTERS.indexOf(letter))) != 0) letters.append(letter);
            }
            return letters.toString();
        }

        @Override
        public List<Line> lines(String name, KeyspaceEvents value, KeyspaceEvents defaultValue) {
            return List.of(Syntax.quoted(name, format(value), !value.equals(defaultValue)));
        }
    };
}
