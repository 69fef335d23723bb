package io.kdb.tools.fuzz;

/** Makes the random commands of one family. Owner: one round, which has an instance of its own. */
public interface CommandFamily {
    /** One lower-case word; its first letter begins the names of the keys that the family likes. */
    String name();

    /** How often it is asked, beside the others. */
    default int weight() {
        return 10;
    }

    /** Adds commands for the start of a round: settings that make few elements many, for instance. */
    default void prepare(Dice dice, Script script) {}

    /**
     * Adds one command, or a few that belong together.
     *
     * <p>Note: the two servers must have the same data afterwards. What removes something random (SPOP) is followed by
     * what makes them alike again (DEL); an expiry is long past or far away, never near; nothing depends on the time.
     */
    void add(Dice dice, Script script);
}
