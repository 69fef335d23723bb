package io.kdb.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.server.CommandRig;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Commands of all types on a node whose pages are used up, some of them shared by copies of keys and by a snapshot: whatever a
 * command that is refused has changed, the log says.
 */
class OutOfPagesTest {
    private static final int COMMANDS = 6_000;
    /** All that expires in this test has expired by then. */
    private static final long LATER_MS = 200_000_000;

    private CommandRig primary;
    private CommandRig replica;
    private Random random;
    private Snapshot snapshot;

    @AfterEach
    void close() {
        if (snapshot != null) {
            snapshot.close();
        }
        primary.close();
        replica.close();
    }

    @RepeatedTest(10)
    void replicaIsTheSame(RepetitionInfo repetition) {
        int seed = repetition.getCurrentRepetition();
        random = new Random(seed);
        KeyspaceOptions options = KeyspaceOptions.standalone()
                .withSegments(1)
                .withDatabases(1)
                .withSeed(seed)
                .withPageBytes(1 << 17);
        String[] configuration = {
            "enable-debug-command yes",
            "stream-node-max-entries " + (seed % 2 == 0 ? 0 : 7),
            "stream-node-max-bytes " + (seed % 3 == 0 ? 0 : 400),
            "hash-max-listpack-entries 16",
            "set-max-intset-entries 16",
            "zset-max-listpack-entries 16",
            "list-max-listpack-size 16"
        };
        primary = new CommandRig(options.withMaxPageBytes((2 + seed % 3) << 17), configuration);
        replica = new CommandRig(options.withMaxPageBytes(64 << 20), configuration);
        int refused = 0;
        for (int i = 0; i < COMMANDS; i++) {
            String command = command();
            boolean full = primary.run(command).contains("-OOM");
            replica.receive(primary.effectBytes());
            if (full) {
                refused++;
                relieve();
            }
            if (full || i % 500 == 0) {
                assertSame("seed " + seed + ", command " + i + ": " + command);
            }
            if (random.nextInt(100) == 0) {
                toggleSnapshot();
            }
        }
        assertSame("seed " + seed);
        assertTrue(refused > 0, "seed " + seed + ": nothing was refused");
    }

    private void toggleSnapshot() {
        if (snapshot == null) {
            snapshot = primary.node().keyspace().startSnapshot(() -> {});
        } else {
            snapshot.close();
            snapshot = null;
        }
    }

    /** Sometimes makes room, sometimes none. */
    private void relieve() {
        if (random.nextInt(4) == 0) {
            Segment segment = primary.node().keyspace().segment(-1, 0);
            segment.lock();
            segment.freeSome(Long.MAX_VALUE);
            segment.unlock();
        }
        if (random.nextInt(12) == 0) {
            primary.node().reaper().searchExpired(System.currentTimeMillis() + LATER_MS, 10_000_000);
            replica.receive(primary.effectBytes());
        }
        if (random.nextInt(12) == 0) {
            primary.run("DEL " + key("hSlzxs".charAt(random.nextInt(6))));
            replica.receive(primary.effectBytes());
        }
    }

    private void assertSame(String what) {
        replica.session().reply().buffer().drain((bytes, from, length) -> {});
        if (!primary.run("DEBUG DIGEST").equals(replica.run("DEBUG DIGEST"))) {
            for (char type : "hSlzxsp".toCharArray()) {
                for (int i = 0; i < 4; i++) {
                    String command = "DEBUG DIGEST-VALUE " + type + i;
                    assertEquals(replica.run(command), primary.run(command), what + " at " + type + i);
                }
            }
        }
        for (int x = 0; x < 4; x++) {
            String groups = "XINFO GROUPS x" + x;
            assertEquals(groups(replica.run(groups)), groups(primary.run(groups)), what);
            for (int g = 0; g < 3; g++) {
                String pending = "XPENDING x" + x + " g" + g + " - + 100000";
                assertEquals(pending(replica.run(pending)), pending(primary.run(pending)), what);
            }
        }
    }

    /** Without what Redis does not tell its replicas. */
    private static String groups(String reply) {
        return reply.replaceAll("(consumers|entries-read|lag)\r\n(:-?\\d+|\\$-1)\r\n", "$1\r\n");
    }

    /** Without how long it is that an entry was delivered. */
    private static String pending(String reply) {
        return reply.replaceAll(":\\d+\r\n(:\\d+\r\n)", "$1");
    }

    // ---- commands ---------------------------------------------------------------------------------------------

    private String key(char type) {
        return type + Integer.toString(random.nextInt(4));
    }

    private String word() {
        if (random.nextInt(3) == 0) {
            return Integer.toString(random.nextInt(200));
        }
        int length = random.nextInt(8) == 0 ? random.nextInt(3_000) : 1 + random.nextInt(12);
        return String.valueOf((char) ('a' + random.nextInt(26))).repeat(length);
    }

    private String words(String separator) {
        StringBuilder words = new StringBuilder();
        for (int i = 1 + random.nextInt(random.nextInt(5) == 0 ? 40 : 4); i > 0; i--) {
            words.append(' ').append(String.format(separator, word()));
        }
        return words.toString();
    }

    private int number(int bound) {
        return random.nextInt(bound);
    }

    private String command() {
        char type = "hSlzxxs".charAt(random.nextInt(7));
        String key = key(type);
        int which = random.nextInt(60);
        if (which == 0) {
            return "COPY " + key + " " + key(type) + " REPLACE";
        } else if (which == 1) {
            return "RENAME " + key + " " + key(type);
        } else if (which == 2) {
            return "PEXPIRE " + key + " " + (10_000_000 + number(1000));
        } else if (which == 3) {
            return "PERSIST " + key;
        }
        return switch (type) {
            case 'h' -> hash(key);
            case 'S' -> set(key);
            case 'l' -> list(key);
            case 'z' -> sortedSet(key);
            case 'x' -> stream(key);
            default -> string(key);
        };
    }

    private String fields() {
        String words = words("%s");
        return " FIELDS " + (words.split(" ").length - 1) + words;
    }

    private String hash(String key) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> "HSET " + key + words("%1$s %1$s");
            case 5, 6 -> "HDEL " + key + words("%s");
            case 7 -> "HPEXPIRE " + key + " " + (50_000_000 + number(1000)) + fields();
            case 8 -> "HPERSIST " + key + fields();
            case 9 -> "HINCRBY " + key + " " + number(200) + " 7";
            case 10 -> "HGETDEL " + key + fields();
            default -> {
                String words = words("%1$s %1$s");
                String option = random.nextBoolean() ? " KEEPTTL" : " EX 100000";
                yield "HSETEX " + key + option + " FIELDS " + (words.split(" ").length - 1) / 2 + words;
            }
        };
    }

    private String set(String key) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> "SADD " + key + words("%s");
            case 4, 5 -> "SREM " + key + words("%s");
            case 6 -> "SPOP " + key + " " + number(20);
            case 7 -> "SMOVE " + key + " " + key('S') + " " + word();
            case 8 -> "SUNIONSTORE " + key + " " + key('S') + " " + key('S');
            default -> "SDIFFSTORE " + key + " " + key('S') + " " + key('S');
        };
    }

    private String list(String key) {
        return switch (random.nextInt(14)) {
            case 0, 1, 2 -> "RPUSH " + key + words("%s");
            case 3, 4 -> "LPUSH " + key + words("%s");
            case 5 -> "LPOP " + key + " " + number(20);
            case 6 -> "LTRIM " + key + " " + number(30) + " -" + (1 + number(30));
            case 7 -> "LREM " + key + " " + (number(9) - 4) + " " + word();
            case 8 -> "LSET " + key + " " + number(50) + " " + word();
            case 9 -> "LINSERT " + key + " BEFORE " + word() + " " + word();
            case 10, 11 -> "LMOVE " + key + " " + key('l') + (random.nextBoolean() ? " LEFT" : " RIGHT") + " LEFT";
            case 12 -> "LMPOP 2 " + key + " " + key('l') + " RIGHT COUNT " + (1 + number(20));
            default -> "SORT " + key + " ALPHA STORE " + key('l');
        };
    }

    private String sortedSet(String key) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> "ZADD " + key + words(number(50) + " %s");
            case 4 -> "ZADD " + key + " GT CH" + words(number(90) + " %s");
            case 5, 6 -> "ZREM " + key + words("%s");
            case 7 -> "ZINCRBY " + key + " 3 " + word();
            case 8 -> "ZPOPMIN " + key + " " + number(20);
            case 9 -> "ZREMRANGEBYRANK " + key + " " + number(30) + " -" + (1 + number(30));
            case 10 -> "ZUNIONSTORE " + key + " 2 " + key('z') + " " + key('z');
            default -> "ZRANGESTORE " + key + " " + key('z') + " " + number(20) + " -" + (1 + number(20));
        };
    }

    private String ids() {
        StringBuilder ids = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            ids.append(' ').append(id());
        }
        return ids.toString();
    }

    private int lastId = 1;

    private String id() {
        return Integer.toString(Math.max(1, lastId - random.nextInt(random.nextInt(3) == 0 ? lastId : 60)));
    }

    private String stream(String key) {
        String group = " g" + number(3);
        String consumer = " c" + number(4);
        String trimming = (random.nextBoolean() ? " = " : " ~ ");
        return switch (random.nextInt(24)) {
            case 0, 1, 2, 3, 4 -> "XADD " + key + " " + ++lastId + words("%1$s %1$s");
            case 5 -> "XADD " + key + " MAXLEN" + trimming + number(60) + " " + ++lastId + words("field %s");
            case 6 -> "XADD " + key + " MINID" + trimming + id() + " " + ++lastId + words("field %s");
            case 7 -> "XTRIM " + key + " MAXLEN" + trimming + number(90);
            case 8, 9 -> "XDEL " + key + ids();
            case 10, 11 -> "XGROUP CREATE " + key + group + " 0 MKSTREAM";
            case 12 -> "XGROUP " + (random.nextInt(8) == 0 ? "DESTROY " : "HELP ") + key + group;
            case 13 -> "XGROUP DELCONSUMER " + key + group + consumer;
            case 14 -> "XGROUP SETID " + key + group + " " + id();
            case 15, 16, 17 -> "XREADGROUP GROUP" + group + consumer + " COUNT 20 STREAMS " + key + " >";
            case 18 -> "XREADGROUP GROUP" + group + consumer + " COUNT 20 NOACK STREAMS " + key + " >";
            case 19, 20 -> "XACK " + key + group + ids();
            case 21, 22 -> "XCLAIM " + key + group + consumer + " 0" + ids() + (random.nextBoolean() ? " FORCE" : "");
            default -> "XAUTOCLAIM " + key + group + consumer + " 0 0 COUNT 30";
        };
    }

    private String string(String key) {
        String text = word().repeat(random.nextInt(20) == 0 ? 40 : 1);
        return switch (random.nextInt(12)) {
            case 0, 1 -> "SET " + key + " " + text + (random.nextBoolean() ? " GET" : "");
            case 2, 3 -> "APPEND " + key + " " + text;
            case 4 -> "SETRANGE " + key + " " + number(40_000) + " " + text;
            case 5 -> "SETBIT " + key + " " + number(200_000) + " 1";
            case 6 -> "BITFIELD " + key + " SET u8 " + number(300_000) + " 7 INCRBY i16 " + number(300_000) + " 9";
            case 7 -> "MSET " + key('s') + " " + text + " " + key('s') + " " + word() + " " + key + " " + text;
            case 8 -> "BITOP XOR " + key + " " + key('s') + " " + key('s');
            case 9 -> "PFADD " + key('s').replace('s', 'p') + words("%s");
            case 10 -> "PFMERGE " + key.replace('s', 'p') + " " + key('s').replace('s', 'p');
            default -> "GETEX " + key + " PX " + (90_000_000 + number(9));
        };
    }
}
