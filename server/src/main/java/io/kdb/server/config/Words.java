package io.kdb.server.config;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Syntaxes of text: a string, one of several words, a set of words. Immutable. */
final class Words {
    private Words() {}

    /** Looks at a string before it is taken. */
    interface Check {
        /** The reason not to take it, or null. */
        String refusal(String value);
    }

    /** A string in quotes; where empty means unset, the rewritten file leaves it out. */
    record Line(boolean emptyIsUnset, Check check) implements Syntax<String> {
        @Override
        public String parse(List<String> words, String before) throws RefusedSetting {
            String value = Syntax.only(words);
            String refusal = emptyIsUnset && value.isEmpty() ? null : check.refusal(value);
            if (refusal != null) throw new RefusedSetting(refusal);
            return value;
        }

        @Override
        public String format(String value) {
            return value;
        }

        @Override
        public List<Syntax.Line> lines(String name, String value, String defaultValue) {
            if (emptyIsUnset && value.isEmpty()) return List.of();
            return List.of(Syntax.quoted(name, value, !value.equals(defaultValue)));
        }
    }

    /** One of several words, each standing for a value. */
    record OneOf<T>(Map<String, T> values) implements Syntax<T> {
        static <E extends Enum<E>> OneOf<E> of(Class<E> type) {
            Map<String, E> values = new LinkedHashMap<>();
            for (E value : type.getEnumConstants()) values.put(word(value), value);
            return new OneOf<>(values);
        }

        static OneOf<String> of(String... words) {
            Map<String, String> values = new LinkedHashMap<>();
            for (String word : words) values.put(word, word);
            return new OneOf<>(values);
        }

        @Override
        public T parse(List<String> words, T before) throws RefusedSetting {
            T value = words.size() == 1 ? values.get(words.get(0).toLowerCase(Locale.ROOT)) : null;
            if (value == null) throw refused(values.keySet());
            return value;
        }

        @Override
        public String format(T value) {
            return value instanceof Enum<?> constant ? word(constant) : value.toString();
        }
    }

    /** Several words of an enumeration; its first constant, {@code default}, stands for none. */
    record SetOf<E extends Enum<E>>(Class<E> type) implements Syntax<Set<E>> {
        @Override
        public Set<E> parse(List<String> words, Set<E> before) throws RefusedSetting {
            E[] constants = type.getEnumConstants();
            Set<E> values = EnumSet.noneOf(type);
            for (String word : words) {
                E value = Arrays.stream(constants)
                        .filter(c -> word(c).equalsIgnoreCase(word))
                        .findFirst()
                        .orElse(null);
                if (value == null) throw refused(allWords());
                if (value != constants[0]) values.add(value);
            }
            if (words.isEmpty()) throw refused(allWords());
            return values;
        }

        private Set<String> allWords() {
            Set<String> words = new java.util.LinkedHashSet<>();
            for (E constant : type.getEnumConstants()) words.add(word(constant));
            return words;
        }

        @Override
        public String format(Set<E> value) {
            if (value.isEmpty()) return word(type.getEnumConstants()[0]);
            return value.stream().map(Words::word).collect(Collectors.joining(" "));
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static RefusedSetting refused(Set<String> words) {
        return new RefusedSetting("argument(s) must be one of the following: " + String.join(", ", words));
    }
}
