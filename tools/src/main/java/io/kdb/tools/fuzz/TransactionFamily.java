package io.kdb.tools.fuzz;

/** MULTI and its kin, around commands of all families. Owner: one round. */
final class TransactionFamily implements CommandFamily {
    @Override
    public String name() {
        return "transactions";
    }

    @Override
    public int weight() {
        return 2;
    }

    @Override
    public void add(Dice dice, Script script) {
        switch (dice.below(8)) {
            case 0, 1 -> script.addAsIs(Tolerance.EXACT, "MULTI");
            case 2, 3, 4 -> script.addAsIs(Tolerance.UNORDERED, "EXEC");
            case 5 -> script.add("DISCARD");
            case 6 -> script.add("WATCH", dice.anyKey(), dice.anyKey());
            default -> script.add("UNWATCH");
        }
    }
}
