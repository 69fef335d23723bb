package io.kdb.compat;

import io.kdb.server.text.QuotedArguments;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A reply as it came: its RESP type, its text or its elements (a map's by turns). Its string form is what transcripts
 * say: {@code +OK}, {@code -ERR no}, {@code 3}, {@code "bulk"}, {@code nil}, {@code ["a", 1]}, <code>{"k": 1}</code>,
 * {@code ~["a"]}, {@code >["message"]}, {@code ,1.5}, {@code #t}, {@code (123}, {@code ="txt:a"}. Immutable.
 */
public record Reply(char type, String text, List<Reply> elements) {
    public boolean isError() {
        return type == '-' || type == '!';
    }

    @Override
    public String toString() {
        return switch (type) {
            case '_' -> "nil";
            case ':' -> text;
            case '$' -> QuotedArguments.quote(text);
            case '=', '!' -> type + QuotedArguments.quote(text);
            case '*' -> "[" + joined() + "]";
            case '~', '>' -> type + "[" + joined() + "]";
            case '%' -> "{" + pairs() + "}";
            case '|' -> "|{" + pairs() + "}";
            default -> type + text;
        };
    }

    private String joined() {
        return elements.stream().map(Reply::toString).collect(Collectors.joining(", "));
    }

    private String pairs() {
        return IntStream.range(0, elements.size() / 2)
                .mapToObj(i -> elements.get(2 * i) + ": " + elements.get(2 * i + 1))
                .collect(Collectors.joining(", "));
    }

    /** The same with the elements of arrays, sets and maps in one order. */
    Reply sorted() {
        if (elements.isEmpty()) return this;
        List<Reply> sorted = elements.stream().map(Reply::sorted).toList();
        if (type == '%' || type == '|') {
            return new Reply(
                    type,
                    text,
                    IntStream.range(0, sorted.size() / 2)
                            .mapToObj(i -> new Reply('*', null, sorted.subList(2 * i, 2 * i + 2)))
                            .sorted((a, b) -> a.toString().compareTo(b.toString()))
                            .flatMap(pair -> pair.elements().stream())
                            .toList());
        }
        return new Reply(
                type,
                text,
                sorted.stream()
                        .sorted((a, b) -> a.toString().compareTo(b.toString()))
                        .toList());
    }

    /** The element behind this key of a map, or of an array of keys and values. */
    Reply value(String key) {
        for (int i = 0; i + 1 < elements.size(); i += 2) {
            if (key.equals(elements.get(i).text())) return elements.get(i + 1);
        }
        return null;
    }
}
