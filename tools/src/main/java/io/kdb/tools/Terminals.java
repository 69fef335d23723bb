package io.kdb.tools;

/** Whether input and output are a person's terminal. The launcher knows and says so, since Java 17 cannot tell. */
public final class Terminals {
    private Terminals() {}

    public static boolean inIsTerminal() {
        return isTerminal("kdb.tty.in");
    }

    public static boolean outIsTerminal() {
        return isTerminal("kdb.tty.out");
    }

    private static boolean isTerminal(String property) {
        return "yes".equals(System.getProperty(property));
    }
}
