package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.Errors;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.Element;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.ValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What ZUNION, ZINTER, ZDIFF and their kin read and put together: sorted sets, and sets whose members have the score 1.
 * Owner: one call; the keys' segments are held and the keys do not change meanwhile.
 */
final class SortedSetAlgebra {
    enum Operation {
        UNION,
        INTERSECTION,
        DIFFERENCE
    }

    /** Which options a command takes. */
    enum Kind {
        REPLY,
        STORE,
        COUNT
    }

    private static final CommandError WEIGHT_NOT_FLOAT = new CommandError("ERR weight value is not a float");
    private static final CommandError LIMIT_NEGATIVE = new CommandError("ERR LIMIT can't be negative");

    private enum Aggregate {
        SUM,
        MIN,
        MAX;

        double of(double a, double b) {
            return switch (this) {
                // Infinities of both signs make 0
                case SUM -> number(a + b);
                case MIN -> b < a ? b : a;
                case MAX -> b > a ? b : a;
            };
        }
    }

    /** One input. A key that does not exist has no members. */
    private static final class Input {
        private SortedSetValue sorted;
        private SetValue set;
        private double weight = 1;

        Input(KeyCursor key) {
            if (!key.exists()) {
                return;
            }
            if (key.type() == ValueType.ZSET) {
                sorted = key.sortedSet();
            } else if (key.type() == ValueType.SET) {
                set = key.set();
            } else {
                throw Errors.WRONG_TYPE;
            }
        }

        long size() {
            return sorted != null ? sorted.size() : set != null ? set.size() : 0;
        }

        boolean first() {
            return sorted != null ? sorted.first() : set != null && set.first();
        }

        boolean next() {
            return sorted != null ? sorted.next() : set.next();
        }

        Element element() {
            return sorted != null ? sorted.element() : set.element();
        }

        double weighted() {
            return weight * (sorted != null ? sorted.scoreHere() : 1);
        }

        /** Looks for a member of another input; its score is then {@link #foundWeighted}. */
        boolean find(Element member) {
            if (sorted == null) {
                return set != null && set.contains(member);
            }
            byte[] bytes = member.array();
            return sorted.find(bytes, member.offset(), member.length());
        }

        double foundWeighted() {
            return weight * (sorted != null ? sorted.score() : 1);
        }
    }

    private final List<Input> inputs = new ArrayList<>();
    private Aggregate aggregate = Aggregate.SUM;
    private boolean withScores;
    private long limit;

    /** Reads {@code numkeys key [key ...]} and the options behind, from argument {@code at} on. */
    SortedSetAlgebra(Call call, int at, Operation operation, Kind kind) {
        Arguments args = call.args();
        long keys = call.integer(at);
        if (keys < 1) {
            throw new CommandError(
                    "ERR at least 1 input key is needed for '" + call.spec().fullName() + "' command");
        }
        if (keys > args.count() - at - 1) {
            throw Errors.SYNTAX;
        }
        for (int i = 0; i < keys; i++) {
            inputs.add(new Input(call.more(i, at + 1 + i).lookupRead()));
        }
        options(call, at + 1 + (int) keys, operation != Operation.DIFFERENCE && kind != Kind.COUNT, kind);
        if (operation != Operation.DIFFERENCE) {
            inputs.sort(Comparator.comparingLong(Input::size));
        }
    }

    private void options(Call call, int from, boolean mayWeigh, Kind kind) {
        Arguments args = call.args();
        int i = from;
        while (i < args.count()) {
            int left = args.count() - i;
            if (mayWeigh && left > inputs.size() && args.is(i, "WEIGHTS")) {
                for (int n = 0; n < inputs.size(); n++) {
                    inputs.get(n).weight = ScoreArguments.score(args, i + 1 + n, WEIGHT_NOT_FLOAT);
                }
                i += 1 + inputs.size();
            } else if (mayWeigh && left >= 2 && args.is(i, "AGGREGATE")) {
                aggregate = aggregate(args, i + 1);
                i += 2;
            } else if (kind == Kind.REPLY && args.is(i, "WITHSCORES")) {
                withScores = true;
                i++;
            } else if (kind == Kind.COUNT && left >= 2 && args.is(i, "LIMIT")) {
                limit = call.integer(i + 1, 0, Long.MAX_VALUE, LIMIT_NEGATIVE);
                i += 2;
            } else {
                throw Errors.SYNTAX;
            }
        }
    }

    private static Aggregate aggregate(Arguments args, int i) {
        for (Aggregate each : Aggregate.values()) {
            if (args.is(i, each.name())) {
                return each;
            }
        }
        throw Errors.SYNTAX;
    }

    boolean withScores() {
        return withScores;
    }

    private static double number(double value) {
        return !Double.isNaN(value) ? value : 0;
    }

    /** The result, sorted. */
    ScoredMembers result(Operation operation) {
        ScoredMembers result = new ScoredMembers();
        switch (operation) {
            case UNION -> unite(result);
            case INTERSECTION -> intersect(result);
            case DIFFERENCE -> subtract(result);
        }
        result.sort();
        return result;
    }

    private void unite(ScoredMembers result) {
        boolean isFirst = true;
        for (Input input : inputs) {
            for (boolean more = input.first(); more; more = input.next()) {
                Element member = input.element();
                double score = number(input.weighted());
                int i = isFirst ? -1 : result.find(member);
                if (i < 0) {
                    result.add(member, score);
                } else {
                    result.score(i, aggregate.of(result.score(i), score));
                }
            }
            isFirst &= result.count() == 0;
        }
    }

    private void intersect(ScoredMembers result) {
        Input smallest = inputs.get(0);
        for (boolean more = smallest.first(); more; more = smallest.next()) {
            Element member = smallest.element();
            double score = number(smallest.weighted());
            boolean inAll = true;
            for (int j = 1; inAll && j < inputs.size(); j++) {
                Input other = inputs.get(j);
                inAll = other.find(member);
                if (inAll) {
                    score = aggregate.of(score, other.foundWeighted());
                }
            }
            if (inAll) {
                result.add(member, score);
            }
        }
    }

    private void subtract(ScoredMembers result) {
        Input first = inputs.get(0);
        for (boolean more = first.first(); more; more = first.next()) {
            Element member = first.element();
            if (!isInAnyOther(member)) {
                result.add(member, first.weighted());
            }
        }
    }

    private boolean isInAnyOther(Element member) {
        for (int j = 1; j < inputs.size(); j++) {
            if (inputs.get(j).find(member)) {
                return true;
            }
        }
        return false;
    }

    /** How many members all inputs have, as far as LIMIT counts. */
    long countCommon() {
        Input smallest = inputs.get(0);
        long count = 0;
        for (boolean more = smallest.first(); more; more = smallest.next()) {
            Element member = smallest.element();
            boolean inAll = true;
            for (int j = 1; inAll && j < inputs.size(); j++) {
                inAll = inputs.get(j).find(member);
            }
            if (inAll && ++count == limit) {
                break;
            }
        }
        return count;
    }
}
