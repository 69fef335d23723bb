package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.resp.Doubles;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.store.LexRange;
import io.kdb.server.store.ScoreRange;

/** Scores and ranges in arguments, as strictly, or as laxly, as Redis reads them. Stateless. */
final class ScoreArguments {
    private static final CommandError NO_SCORE_RANGE = new CommandError("ERR min or max is not a float");
    private static final CommandError NO_LEX_RANGE = new CommandError("ERR min or max not valid string range item");

    private ScoreArguments() {}

    /** A number in full: no spaces, no NaN, nothing that leaves the range of a double. */
    static double score(Arguments args, int i, CommandError otherwise) {
        double value = Doubles.parseInRange(args.array(i), args.offset(i), args.length(i));
        if (Double.isNaN(value)) {
            throw otherwise;
        }
        return value;
    }

    static double score(Arguments args, int i) {
        return score(args, i, Errors.NOT_FLOAT);
    }

    /** Two arguments, each a number or '(' and a number. Redis takes them as C strings: up to a zero byte, spaces first. */
    static ScoreRange scores(Call call, int min, int max) {
        Arguments args = call.args();
        return new ScoreRange(bound(args, min), isOpen(args, min), bound(args, max), isOpen(args, max));
    }

    private static boolean isOpen(Arguments args, int i) {
        return args.length(i) > 0 && args.array(i)[args.offset(i)] == '(';
    }

    private static double bound(Arguments args, int i) {
        byte[] text = args.array(i);
        int at = args.offset(i) + (isOpen(args, i) ? 1 : 0);
        int end = at;
        while (end < args.offset(i) + args.length(i) && text[end] != 0) {
            end++;
        }
        if (at == end) {
            return 0;
        }
        while (at < end && (text[at] == ' ' || text[at] >= '\t' && text[at] <= '\r')) {
            at++;
        }
        double value = Doubles.parse(text, at, end - at);
        if (Double.isNaN(value)) {
            throw NO_SCORE_RANGE;
        }
        return value;
    }

    /** Two arguments, each '-', '+', or '[' or '(' and a member. */
    static LexRange members(Call call, int min, int max) {
        return new LexRange(member(call.args(), min), member(call.args(), max));
    }

    private static LexRange.Bound member(Arguments args, int i) {
        byte[] text = args.array(i);
        int at = args.offset(i);
        int length = args.length(i);
        switch (length == 0 ? 0 : text[at]) {
            case '[':
                return LexRange.Bound.of(false, text, at + 1, length - 1);
            case '(':
                return LexRange.Bound.of(true, text, at + 1, length - 1);
            case '-', '+':
                if (length == 1 || text[at + 1] == 0) {
                    return text[at] == '-' ? LexRange.Bound.FIRST : LexRange.Bound.LAST;
                }
                throw NO_LEX_RANGE;
            default:
                throw NO_LEX_RANGE;
        }
    }
}
