package io.kdb.cluster.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A state machine for tests: operations are "add N" and "member ID HOST PORT"; the answer is the number of operations so
 * far and it remembers every N in order. Owner: the test, or the thread that applies.
 */
final class Ledger implements ReplicatedState {
    private final List<String> entries = new ArrayList<>();
    private final TreeMap<String, Member> members = new TreeMap<>();

    static byte[] add(String what) {
        return ("add " + what).getBytes(StandardCharsets.UTF_8);
    }

    static byte[] member(String id, String host, int port) {
        return ("member " + id + " " + host + " " + port).getBytes(StandardCharsets.UTF_8);
    }

    static byte[] leave(String id) {
        return ("leave " + id).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] apply(byte[] op) {
        String[] words = new String(op, StandardCharsets.UTF_8).split(" ", -1);
        if (words[0].equals("member")) {
            members.put(words[1], new Member(words[1], words[2], Integer.parseInt(words[3]), words[1], ""));
        } else if (words[0].equals("leave")) {
            members.remove(words[1]);
        } else {
            entries.add(words[1]);
        }
        return Integer.toString(entries.size()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] image() {
        WireWriter out = new WireWriter().texts(entries).i32(members.size());
        members.values().forEach(m -> out.text(m.id()).text(m.host()).i32(m.busPort()));
        return out.toBytes();
    }

    @Override
    public void restore(byte[] image) {
        WireReader in = new WireReader(image);
        entries.clear();
        entries.addAll(in.texts());
        members.clear();
        for (int n = in.i32(); n > 0; n--) {
            String id = in.text();
            members.put(id, new Member(id, in.text(), in.i32(), id, ""));
        }
    }

    List<String> entries() {
        return List.copyOf(entries);
    }

    List<Member> members() {
        return List.copyOf(members.values());
    }
}
