package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kdb.cluster.control.VoterPlan.Candidate;
import io.kdb.cluster.control.VoterPlan.Health;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class VoterPlanTest {
    private static Candidate node(String id, String machine, Health health) {
        return new Candidate(id, machine, "", health);
    }

    private static List<Candidate> live(String... ids) {
        List<Candidate> nodes = new ArrayList<>();
        for (String id : ids) {
            nodes.add(node(id, "m" + id, Health.LIVE));
        }
        return nodes;
    }

    @Test
    void oneThreeFive() {
        assertEquals(List.of("a"), VoterPlan.choose(live("a", "b"), List.of("a"), "a"));
        assertEquals(List.of("a", "b", "c"), VoterPlan.choose(live("c", "b", "a"), List.of("a"), "a"));
        assertEquals(List.of("a", "b", "c"), VoterPlan.choose(live("a", "b", "c", "d"), List.of("a", "b", "c"), "a"));
        assertEquals(
                5,
                VoterPlan.choose(live("a", "b", "c", "d", "e", "f"), List.of("a"), "a")
                        .size());
    }

    @Test
    void aDeadVoterIsReplacedBySomebodyElse() {
        List<Candidate> nodes = live("a", "b", "d");
        nodes.add(node("c", "mc", Health.DEAD));
        assertEquals(List.of("a", "b", "d"), VoterPlan.choose(nodes, List.of("a", "b", "c"), "a"));
    }

    @Test
    void nothingChangesWhileAVoterMayComeBack() {
        List<Candidate> nodes = live("a", "b", "d", "e", "f");
        nodes.add(node("c", "mc", Health.SUSPECT));
        assertEquals(List.of("a", "b", "c"), VoterPlan.choose(nodes, List.of("a", "b", "c"), "a"));
    }

    @Test
    void withoutASpareNodeThreeStayThree() {
        List<Candidate> nodes = live("a", "b");
        nodes.add(node("c", "mc", Health.DEAD));
        assertEquals(List.of("a", "b", "c"), VoterPlan.choose(nodes, List.of("a", "b", "c"), "a"));
    }

    @Test
    void fiveShrinkToThreeOnlyWhenTwoAreDead() {
        List<String> five = List.of("a", "b", "c", "d", "e");
        List<Candidate> nodes = live("a", "b", "c", "d");
        nodes.add(node("e", "me", Health.DEAD));
        assertEquals(five, VoterPlan.choose(nodes, five, "a"));
        nodes = live("a", "b", "c");
        nodes.add(node("d", "md", Health.DEAD));
        nodes.add(node("e", "me", Health.DEAD));
        assertEquals(List.of("a", "b", "c"), VoterPlan.choose(nodes, five, "a"));
    }

    @Test
    void nodesThatLeftTakeTheirVoteWithThem() {
        assertEquals(List.of("b"), VoterPlan.choose(live("b", "c"), List.of("a", "b", "c"), "b"));
    }

    @Test
    void votersAreSpreadOverMachinesAndZones() {
        List<Candidate> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(node("a" + i, "one", Health.LIVE));
        }
        nodes.add(node("b", "two", Health.LIVE));
        nodes.add(node("c", "three", Health.LIVE));
        List<String> voters = VoterPlan.choose(nodes, List.of("a0"), "a0");
        assertTrue(voters.containsAll(List.of("a0", "b", "c")), voters.toString());
        List<Candidate> zoned = List.of(
                new Candidate("a", "m1", "z1", Health.LIVE),
                new Candidate("b", "m2", "z1", Health.LIVE),
                new Candidate("c", "m3", "z2", Health.LIVE),
                new Candidate("d", "m4", "z3", Health.LIVE));
        assertEquals(List.of("a", "c", "d"), VoterPlan.choose(zoned, List.of("a"), "a"));
        assertEquals(List.of("a", "c", "d"), VoterPlan.choose(zoned, List.of("a", "b", "c"), "a"));
    }

    @RepeatedTest(200)
    void plansSettleAndKeepTheLeader(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Candidate> nodes = new ArrayList<>();
        int count = 1 + random.nextInt(9);
        for (int i = 0; i < count; i++) {
            Health health = i > 0 && random.nextInt(4) == 0 ? Health.DEAD : Health.LIVE;
            nodes.add(new Candidate("n" + i, "m" + random.nextInt(4), "z" + random.nextInt(3), health));
        }
        List<String> voters = List.of("n0");
        Set<List<String>> seen = new HashSet<>();
        while (seen.add(voters)) {
            voters = VoterPlan.choose(nodes, voters, "n0");
            assertTrue(voters.contains("n0"), voters.toString());
            assertTrue(voters.size() % 2 == 1, voters.toString());
            assertTrue(seen.size() < 10, "does not settle: " + seen);
        }
        assertEquals(voters, VoterPlan.choose(nodes, voters, "n0"), "plans go in a circle");
    }
}
