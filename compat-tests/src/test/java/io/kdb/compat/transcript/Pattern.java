package io.kdb.compat.transcript;

import java.util.ArrayList;
import java.util.List;

/** What a reply is expected to be: the parsed form of a {@code <} line; see {@link Transcript}. Immutable. */
abstract class Pattern {
    abstract boolean matches(Reply reply, long nowMs);

    /** @throws IllegalArgumentException when the text is not in the notation */
    static Pattern parse(String text, boolean unordered) {
        if ((text.startsWith("+") || text.startsWith("-") && text.length() > 1 && Character.isLetter(text.charAt(1)))
                && !text.startsWith("+\"")) {
            return exact(Reply.of(text.charAt(0), text.substring(1)));
        }
        Scanner scanner = new Scanner(text);
        Pattern pattern = value(scanner, unordered);
        scanner.skipSpaces();
        if (!scanner.atEnd()) {
            throw scanner.error("the end");
        }
        return pattern;
    }

    private static Pattern value(Scanner in, boolean unordered) {
        in.skipSpaces();
        if (in.take("[")) {
            return list('*', in, ']', unordered);
        } else if (in.take("~[")) {
            return list('~', in, ']', true);
        } else if (in.take(">[")) {
            return list('>', in, ']', unordered);
        } else if (in.take("{")) {
            return list('%', in, '}', true);
        } else if (in.peek() == '"') {
            String text = in.quoted();
            return in.take("...") ? prefix(text) : exact(Reply.of('$', text));
        } else if (in.take("...")) {
            String text = in.quoted();
            in.require("...");
            return containing(text);
        } else if (in.take("verbatim(")) {
            Reply reply = Reply.of('=', in.quoted());
            in.require(")");
            return exact(reply);
        } else if (in.take("double(")) {
            return exact(Reply.of(',', in.until(')')));
        } else if (in.take("big(")) {
            return exact(Reply.of('(', in.until(')')));
        } else if (in.take("+\"") || in.take("-\"")) {
            char type = in.previous(2);
            in.back(1);
            return exact(Reply.of(type, in.quoted()));
        } else if (in.take("+")) {
            return exact(Reply.of('+', in.word()));
        }
        return word(in);
    }

    private static Pattern word(Scanner in) {
        String word = in.word();
        switch (word) {
            case "nil":
                return exact(Reply.of(Reply.NULL_BULK, ""));
            case "nil-array":
                return exact(Reply.of(Reply.NULL_ARRAY, ""));
            case "null":
                return exact(Reply.of('_', ""));
            case "true":
                return exact(Reply.of('#', "t"));
            case "false":
                return exact(Reply.of('#', "f"));
            case "_":
                return new Pattern() {
                    @Override
                    boolean matches(Reply reply, long nowMs) {
                        return true;
                    }
                };
            default:
                int dots = word.indexOf("..");
                if (dots >= 0) {
                    return range(bound(word.substring(0, dots)), bound(word.substring(dots + 2)));
                }
                Long.parseLong(word);
                return exact(Reply.of(':', word));
        }
    }

    private static Pattern exact(Reply expected) {
        return new Pattern() {
            @Override
            boolean matches(Reply reply, long nowMs) {
                return expected.equals(reply);
            }
        };
    }

    private static Pattern prefix(String start) {
        return new Pattern() {
            @Override
            boolean matches(Reply reply, long nowMs) {
                return reply.type() == '$' && reply.text().startsWith(start);
            }
        };
    }

    private static Pattern containing(String part) {
        return new Pattern() {
            @Override
            boolean matches(Reply reply, long nowMs) {
                return (reply.type() == '$' || reply.type() == '=')
                        && reply.text().contains(part);
            }
        };
    }

    private record Bound(long number, long nowDivisor) {
        long at(long nowMs) {
            return nowDivisor == 0 ? number : nowMs / nowDivisor + number;
        }
    }

    private static Bound bound(String text) {
        if (text.startsWith("now-s")) {
            return new Bound(text.length() == 5 ? 0 : Long.parseLong(text.substring(5)), 1000);
        }
        if (text.startsWith("now")) {
            return new Bound(text.length() == 3 ? 0 : Long.parseLong(text.substring(3)), 1);
        }
        return new Bound(Long.parseLong(text), 0);
    }

    private static Pattern range(Bound low, Bound high) {
        return new Pattern() {
            @Override
            boolean matches(Reply reply, long nowMs) {
                if (reply.type() != ':') {
                    return false;
                }
                long value = Long.parseLong(reply.text());
                return value >= low.at(nowMs) && value <= high.at(nowMs);
            }
        };
    }

    private static Pattern list(char type, Scanner in, char close, boolean unordered) {
        List<Pattern> patterns = new ArrayList<>();
        in.skipSpaces();
        while (in.peek() != close) {
            patterns.add(value(in, unordered && type != '%'));
            in.skipSpaces();
            if (type == '%' && patterns.size() % 2 == 1) {
                in.require(":");
            } else if (in.peek() != close) {
                in.require(",");
            }
            in.skipSpaces();
        }
        in.require(String.valueOf(close));
        int group = type == '%' ? 2 : 1;
        return new Pattern() {
            @Override
            boolean matches(Reply reply, long nowMs) {
                if (reply.type() != type || reply.elements().size() != patterns.size()) {
                    return false;
                }
                boolean[] used = new boolean[patterns.size()];
                for (int i = 0; i < patterns.size(); i += group) {
                    int found = unordered ? firstFit(i, reply, used, nowMs) : i;
                    if (found < 0 || !groupMatches(i, reply, found, nowMs)) {
                        return false;
                    }
                    used[found] = true;
                }
                return true;
            }

            private int firstFit(int at, Reply reply, boolean[] used, long nowMs) {
                for (int j = 0; j < used.length; j += group) {
                    if (!used[j] && groupMatches(at, reply, j, nowMs)) {
                        return j;
                    }
                }
                return -1;
            }

            private boolean groupMatches(int at, Reply reply, int from, long nowMs) {
                for (int k = 0; k < group; k++) {
                    if (!patterns.get(at + k).matches(reply.elements().get(from + k), nowMs)) {
                        return false;
                    }
                }
                return true;
            }
        };
    }
}
