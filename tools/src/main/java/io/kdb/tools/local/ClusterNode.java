package io.kdb.tools.local;

import io.kdb.tools.client.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One line of CLUSTER NODES: a node as another one sees it. Immutable. */
public record ClusterNode(
        String id, Address address, Set<String> flags, String primaryId, String linkState, List<SlotRange> slots) {
    /** Slots {@code first} to {@code last}, both included. */
    public record SlotRange(int first, int last) {
        int count() {
            return last - first + 1;
        }

        @Override
        public String toString() {
            return first == last ? Integer.toString(first) : first + "-" + last;
        }
    }

    /** Reads a whole CLUSTER NODES reply. */
    public static List<ClusterNode> parseAll(String reply) {
        List<ClusterNode> nodes = new ArrayList<>();
        for (String line : reply.split("\n", -1)) {
            if (!line.isBlank()) {
                nodes.add(parse(line.strip()));
            }
        }
        return List.copyOf(nodes);
    }

    /** {@code id host:port@bus[,hostname] flags primary ping pong epoch link slot...}. */
    static ClusterNode parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length < 8) {
            throw new IllegalArgumentException("CLUSTER NODES line: " + line + " (expected: at least 8 fields)");
        }
        int at = fields[1].indexOf('@');
        Address address = Address.parse(at < 0 ? fields[1] : fields[1].substring(0, at));
        List<SlotRange> slots = new ArrayList<>();
        for (int i = 8; i < fields.length; i++) {
            // [slot->-id] and [slot-<-id] are slots on the move; they are listed as owned as well.
            if (!fields[i].isEmpty() && fields[i].charAt(0) != '[') {
                String[] ends = fields[i].split("-", -1);
                int first = Integer.parseInt(ends[0]);
                slots.add(new SlotRange(first, ends.length == 1 ? first : Integer.parseInt(ends[1])));
            }
        }
        String primaryId = fields[3].equals("-") ? "" : fields[3];
        return new ClusterNode(
                fields[0], address, Set.of(fields[2].split(",", -1)), primaryId, fields[7], List.copyOf(slots));
    }

    public boolean isPrimary() {
        return flags.contains("master");
    }

    public boolean isReplica() {
        return flags.contains("slave");
    }

    public boolean isMyself() {
        return flags.contains("myself");
    }

    public boolean isFailed() {
        return flags.contains("fail") || flags.contains("fail?") || flags.contains("noaddr");
    }

    public int slotCount() {
        return slots.stream().mapToInt(SlotRange::count).sum();
    }
}
