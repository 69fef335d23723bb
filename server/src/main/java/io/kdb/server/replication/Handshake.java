package io.kdb.server.replication;

import io.kdb.resp.RequestEncoder;
import io.kdb.server.config.Parameters;
import io.kdb.server.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a replica says before the stream begins, and what it makes of the answers: PING, AUTH, REPLCONF, PSYNC.
 * Owner: the link's thread.
 */
final class Handshake {
    /** What a line of the primary means. */
    enum Step {
        /** Nothing yet: more lines are to come. */
        WAIT,
        /** Go on with what {@link #next} gives. */
        SEND,
        /** +CONTINUE: the stream follows. */
        CONTINUE,
        /** +FULLRESYNC: a file follows. */
        FULL,
        /** The primary cannot yet, or does not want to: close, try again later. */
        GIVE_UP
    }

    private final String psyncId;
    private final long psyncOffset;
    private final ServerConfig config;
    /** Commands sent whose answers are to come, in order. */
    private final List<String> awaited = new ArrayList<>();

    private byte[] next;
    private String reason = "";
    private String id;
    private long offset;

    /** @param psyncOffset the offset of the next byte wanted, counted from one; or -1 with the id ? */
    Handshake(String psyncId, long psyncOffset, ServerConfig config) {
        this.psyncId = psyncId;
        this.psyncOffset = psyncOffset;
        this.config = config;
        send("PING");
    }

    private void send(String... command) {
        byte[][] bytes = new byte[command.length][];
        for (int i = 0; i < command.length; i++) {
            bytes[i] = command[i].getBytes(StandardCharsets.ISO_8859_1);
        }
        byte[] encoded = RequestEncoder.encode(bytes);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (next != null) {
            all.writeBytes(next);
        }
        all.writeBytes(encoded);
        next = all.toByteArray();
        awaited.add(command[0]);
    }

    /** What to send now. */
    byte[] next() {
        byte[] bytes = next;
        next = null;
        return bytes;
    }

    /** Why it was given up. */
    String reason() {
        return reason;
    }

    /** The primary's replication id, or null when +CONTINUE did not name one. */
    String id() {
        return id;
    }

    /** The offset of which the file is the state. */
    long offset() {
        return offset;
    }

    /** Takes a line, without its end. */
    Step line(String line) {
        if (line.isEmpty()) {
            return Step.WAIT; // a sign of life
        }
        String command = awaited.isEmpty() ? "" : awaited.remove(0);
        switch (command) {
            case "PING" -> {
                if (line.startsWith("-")
                        && !line.startsWith("-NOAUTH")
                        && !line.startsWith("-NOPERM")
                        && !line.startsWith("-ERR operation not permitted")) {
                    return giveUp("Error reply to PING from master: '" + line + "'");
                }
                introduce();
                return Step.SEND;
            }
            case "AUTH" -> {
                return line.startsWith("-") ? giveUp("Unable to AUTH to MASTER: " + line) : Step.WAIT;
            }
            case "REPLCONF" -> {
                // An old primary does not know every option: that is its business.
                if (!awaited.isEmpty()) {
                    return Step.WAIT;
                }
                send("PSYNC", psyncId, Long.toString(psyncOffset));
                return Step.SEND;
            }
            case "PSYNC" -> {
                return psync(line);
            }
            default -> {
                return giveUp("Unexpected line from master: '" + line + "'");
            }
        }
    }

    private void introduce() {
        String password = config.get(Parameters.MASTERAUTH);
        String user = config.get(Parameters.MASTERUSER);
        if (password != null && !password.isEmpty()) {
            if (user != null && !user.isEmpty()) {
                send("AUTH", user, password);
            } else {
                send("AUTH", password);
            }
        }
        long announced = config.get(Parameters.REPLICA_ANNOUNCE_PORT);
        long port = announced != 0 ? announced : config.get(Parameters.PORT);
        send("REPLCONF", "listening-port", Long.toString(port));
        String address = config.get(Parameters.REPLICA_ANNOUNCE_IP);
        if (address != null && !address.isEmpty()) {
            send("REPLCONF", "ip-address", address);
        }
        send("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "kdb");
    }

    private Step psync(String line) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("+CONTINUE")) {
            id = words.length > 1 && words[1].length() == 40 ? words[1] : null;
            return Step.CONTINUE;
        }
        if (words[0].equals("+FULLRESYNC")) {
            if (words.length != 3 || words[1].length() != 40 || !words[2].matches("\\d{1,18}")) {
                return giveUp("Master replied with wrong +FULLRESYNC syntax: '" + line + "'");
            }
            id = words[1];
            offset = Long.parseLong(words[2]);
            return Step.FULL;
        }
        if (words[0].equals("-NOMASTERLINK") || words[0].equals("-LOADING")) {
            return giveUp("Master is currently unable to PSYNC but should be in the future: " + line);
        }
        return giveUp("Unexpected reply to PSYNC from master: " + line);
    }

    private Step giveUp(String why) {
        reason = why;
        return Step.GIVE_UP;
    }
}
