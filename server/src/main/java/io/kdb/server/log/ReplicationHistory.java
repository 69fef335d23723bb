package io.kdb.server.log;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * Under which names the log's bytes are known: its replication id, and the id that named them up to an earlier offset.
 * Immutable.
 *
 * @param id the replication id, 40 hexadecimal digits (INFO's master_replid)
 * @param formerId the id before the last promotion (master_replid2), or {@link #NO_ID}
 * @param formerEnd the first offset, counted as in PSYNC, that the former id does not name (second_repl_offset), or -1
 */
public record ReplicationHistory(String id, String formerId, long formerEnd) {
    public static final String NO_ID = "0".repeat(40);

    /** A new history that shares nothing with any other. */
    public static ReplicationHistory fresh(RandomGenerator random) {
        return new ReplicationHistory(randomId(random), NO_ID, -1);
    }

    /** This history under a new name from the offset on, still known under its old name up to there. */
    public ReplicationHistory shifted(RandomGenerator random, long offset) {
        return new ReplicationHistory(randomId(random), id, offset + 1);
    }

    /**
     * Whether a reader that knows this id may go on at {@code psyncOffset}, the next byte it wants, counted from one.
     */
    public boolean names(String knownId, long psyncOffset) {
        return id.equalsIgnoreCase(knownId) || (formerId.equalsIgnoreCase(knownId) && psyncOffset <= formerEnd);
    }

    /**
     * Under which id to ask another for what follows this end of the log: while nothing was appended under the newest, the
     * former one, since others may know it (a replica that was started on its dump file as if it were a primary).
     */
    public String nameAt(long endOffset) {
        return endOffset + 1 == formerEnd ? formerId : id;
    }

    static String randomId(RandomGenerator random) {
        byte[] digits = new byte[40];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) "0123456789abcdef".charAt(random.nextInt(16));
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }
}
