package io.kdb.compat.transcript;

import java.util.ArrayList;
import java.util.List;

/** Takes a line of a transcript apart. Owner: one thread. */
final class Scanner {
    private final String text;
    private int at;

    Scanner(String text) {
        this.text = text;
    }

    IllegalArgumentException error(String expected) {
        return new IllegalArgumentException(text + " at " + at + " (expected: " + expected + ")");
    }

    boolean atEnd() {
        return at == text.length();
    }

    char peek() {
        if (atEnd()) {
            throw error("more");
        }
        return text.charAt(at);
    }

    char previous(int back) {
        return text.charAt(at - back);
    }

    void back(int count) {
        at -= count;
    }

    void skipSpaces() {
        while (!atEnd() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    boolean take(String start) {
        if (!text.startsWith(start, at)) {
            return false;
        }
        at += start.length();
        return true;
    }

    void require(String start) {
        if (!take(start)) {
            throw error(start);
        }
    }

    String until(char end) {
        int to = text.indexOf(end, at);
        if (to < 0) {
            throw error(String.valueOf(end));
        }
        String found = text.substring(at, to);
        at = to + 1;
        return found;
    }

    /** Letters, digits and what numbers and ranges are made of. */
    String word() {
        int from = at;
        while (!atEnd() && ",:]}) \t\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (at == from) {
            throw error("a value");
        }
        return text.substring(from, at);
    }

    /** A string in double quotes, with escapes, and perhaps {@code *n} for n times. */
    String quoted() {
        require("\"");
        StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            out.append(c == '\\' ? escaped() : c);
        }
        at++;
        if (atEnd() || text.charAt(at) != '*') {
            return out.toString();
        }
        int from = ++at;
        while (!atEnd() && Character.isDigit(text.charAt(at))) {
            at++;
        }
        return out.toString().repeat(Integer.parseInt(text.substring(from, at)));
    }

    private char escaped() {
        char c = peek();
        at++;
        switch (c) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'x':
                at += 2;
                return (char) Integer.parseInt(text.substring(at - 2, at), 16);
            default:
                return c;
        }
    }

    /** The words of a command. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        for (skipSpaces(); !atEnd(); skipSpaces()) {
            if (peek() == '"') {
                words.add(quoted());
            } else {
                int from = at;
                while (!atEnd() && !Character.isWhitespace(text.charAt(at))) {
                    at++;
                }
                words.add(text.substring(from, at));
            }
        }
        return words;
    }
}
