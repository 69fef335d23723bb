package io.kdb.server.config;

import java.util.List;
import java.util.Locale;

/** A parameter that is a number in a range: plain, octal, a memory size with units, or a memory size or percentage. */
public final class Numeric extends Parameter<Long> {
    enum Form {
        PLAIN,
        OCTAL,
        MEMORY,
        /** Redis holds 64 bits without a sign; what is beyond a long is here the largest long. */
        UNSIGNED_MEMORY,
        /** A percentage is kept as its negative. */
        MEMORY_OR_PERCENT
    }

    Numeric(String name, Form form, long min, long max, long defaultValue) {
        super(name, new Digits(form, min, max, "", Long.MIN_VALUE, max), defaultValue);
    }

    /** A number that takes any value in its range, but is then raised or lowered to what works. */
    Numeric(String name, Form form, long min, long max, long defaultValue, long lowest, long highest) {
        super(name, new Digits(form, min, max, "", lowest, highest), defaultValue);
    }

    /** A number of which only one value works yet; others are refused with the reason. */
    Numeric(String name, long min, long max, long defaultValue, String whyNotMore) {
        super(name, new Digits(Form.PLAIN, min, max, whyNotMore, min, max), defaultValue);
    }

    private record Digits(Form form, long min, long max, String whyNotMore, long lowest, long highest)
            implements Syntax<Long> {
        @Override
        public Long parse(List<String> words, Long before) throws RefusedSetting {
            String word = Syntax.only(words);
            long value =
                    switch (form) {
                        case PLAIN -> plain(word);
                        case OCTAL -> octal(word);
                        case MEMORY, UNSIGNED_MEMORY -> memory(word, "argument must be a memory value");
                        case MEMORY_OR_PERCENT ->
                            word.endsWith("%")
                                    ? -percent(word)
                                    : memory(word, "argument must be a memory or percent value");
                    };
            if (form == Form.MEMORY_OR_PERCENT && value < 0) {
                if (value < min) throw new RefusedSetting("percentage argument must be less or equal to " + -min);
            } else if (value > max && !whyNotMore.isEmpty()) {
                throw new RefusedSetting(whyNotMore);
            } else if (value < min || value > max) {
                throw new RefusedSetting(
                        form == Form.OCTAL
                                ? String.format("argument must be between %o and %o inclusive", min, max)
                                : "argument must be between " + min + " and " + max + " inclusive");
            }
            return Math.max(lowest, Math.min(highest, value));
        }

        @Override
        public String format(Long value) {
            if (form == Form.MEMORY_OR_PERCENT && value < 0) return -value + "%";
            return form == Form.OCTAL ? Long.toOctalString(value) : Long.toString(value);
        }

        @Override
        public List<Line> lines(String name, Long value, Long defaultValue) {
            boolean size = form == Form.MEMORY
                    || form == Form.UNSIGNED_MEMORY
                    || (form == Form.MEMORY_OR_PERCENT && value >= 0);
            String text = size ? MemorySize.format(value) : format(value);
            return List.of(new Line(name + " " + text, !value.equals(defaultValue)));
        }

        private static long plain(String word) throws RefusedSetting {
            boolean canonical = word.matches("0|-?[1-9][0-9]{0,18}");
            try {
                if (canonical) return Long.parseLong(word);
            } catch (NumberFormatException tooLarge) {
                // answered below
            }
            throw new RefusedSetting("argument couldn't be parsed into an integer");
        }

        private static long octal(String word) throws RefusedSetting {
            if (!word.matches("[0-7]{1,20}"))
                throw new RefusedSetting("argument couldn't be parsed as an octal number");
            return Long.parseLong(word, 8);
        }

        private static long percent(String word) throws RefusedSetting {
            String digits = word.substring(0, word.length() - 1);
            if (!digits.matches("0|[1-9][0-9]{0,17}")) {
                throw new RefusedSetting("argument must be a memory or percent value");
            }
            return Long.parseLong(digits);
        }

        /** A size beyond a long is out of range, if there is a range. */
        private long memory(String word, String refusal) throws RefusedSetting {
            long value = MemorySize.parse(word.toLowerCase(Locale.ROOT));
            if (value == MemorySize.MALFORMED) throw new RefusedSetting(refusal);
            return value == MemorySize.TOO_LARGE && form == Form.UNSIGNED_MEMORY ? Long.MAX_VALUE : value;
        }
    }
}
