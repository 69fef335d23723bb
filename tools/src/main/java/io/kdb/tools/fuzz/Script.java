package io.kdb.tools.fuzz;

import java.util.ArrayList;
import java.util.List;

/** The commands of a round, as its families add them. Owner: the round. */
public final class Script {
    /** One command in so many is spoilt. */
    private static final int SPOILT = 24;

    private final Dice dice;
    private final List<Step> steps = new ArrayList<>();
    private int units;
    private int unit = Step.ALONE;

    Script(Dice dice) {
        this.dice = dice;
    }

    List<Step> steps() {
        return steps;
    }

    /** Adds commands that are left out together, or not at all, when a round is made shorter. */
    void together(Runnable adding) {
        unit = ++units;
        adding.run();
        unit = Step.ALONE;
    }

    /** Adds a command whose replies must be the same. Now and then a word of it is changed, dropped or added. */
    public void add(String... words) {
        add(Tolerance.EXACT, List.of(words));
    }

    public void add(List<String> words) {
        add(Tolerance.EXACT, words);
    }

    public void add(Tolerance tolerance, String... words) {
        add(tolerance, List.of(words));
    }

    public void add(Tolerance tolerance, List<String> words) {
        steps.add(new Step(dice.oneIn(SPOILT) ? spoilt(words) : List.copyOf(words), tolerance, false, unit));
    }

    /** Adds a command that is never spoilt: one that might block, or change what follows. */
    public void addAsIs(Tolerance tolerance, String... words) {
        steps.add(new Step(List.of(words), tolerance, false, unit));
    }

    public void addAsIs(Tolerance tolerance, List<String> words) {
        steps.add(new Step(List.copyOf(words), tolerance, false, unit));
    }

    /** Adds a command, never spoilt, that is answered by pushes only. */
    public void addPushed(String... words) {
        steps.add(new Step(List.of(words), Tolerance.EXACT, true, unit));
    }

    private List<String> spoilt(List<String> words) {
        List<String> spoilt = new ArrayList<>(words);
        int any = 1 + dice.below(Math.max(1, words.size() - 1));
        switch (dice.below(5)) {
            case 0 -> spoilt.remove(spoilt.size() - 1);
            case 1 -> spoilt.add(dice.oddWord());
            case 2 -> spoilt.add(Math.min(any, spoilt.size()), dice.oddWord());
            case 3 -> spoilt.add(dice.value());
            default -> {
                if (spoilt.size() > 1) {
                    spoilt.set(any, dice.oddWord());
                }
            }
        }
        return spoilt.isEmpty() ? List.of("GET") : List.copyOf(spoilt);
    }
}
