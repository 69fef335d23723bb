package io.kdb.compat.control;

import io.kdb.cluster.control.Member;
import io.kdb.cluster.control.ReplicatedState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A list of words; each operation adds one and is answered with its place. Owner: the thread that applies. */
final class NemesisState implements ReplicatedState {
    private final List<String> words = new ArrayList<>();

    @Override
    public byte[] apply(byte[] op) {
        words.add(new String(op, StandardCharsets.UTF_8));
        return Integer.toString(words.size()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] image() {
        return String.join(" ", words).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void restore(byte[] image) {
        words.clear();
        if (image.length > 0) {
            words.addAll(List.of(new String(image, StandardCharsets.UTF_8).split(" ", -1)));
        }
    }

    List<String> words() {
        return List.copyOf(words);
    }

    /** The nemesis names the voters itself, so the planner need not know anybody. */
    List<Member> members() {
        return List.of();
    }
}
