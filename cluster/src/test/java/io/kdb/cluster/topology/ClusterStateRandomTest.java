package io.kdb.cluster.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Random histories. The seed is the repetition number. */
class ClusterStateRandomTest {
    @RepeatedTest(30)
    void replicasAgreeAndImagesRestoreWhateverIsApplied(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        RandomRecords records = new RandomRecords(random);
        ClusterState one = TestNodes.founded(1);
        ClusterState other = TestNodes.founded(1);
        Set<Class<?>> accepted = new HashSet<>();
        for (int i = 0; i < 400; i++) {
            ClusterRecord record = records.next(one);
            byte[] answer = one.apply(record.encode());
            assertArrayEquals(answer, other.apply(record.encode()));
            if (ClusterAnswer.decode(answer).accepted()) {
                accepted.add(record.getClass());
            }
            assertConsistent(one.view(TestNodes.id(2)));
            if (random.nextInt(20) == 0) {
                byte[] image = one.image();
                assertArrayEquals(image, other.image());
                ClusterState restored = new ClusterState();
                restored.restore(image);
                assertEquals(one, restored);
                assertArrayEquals(image, restored.image());
                other = restored;
            }
        }
        assertTrue(accepted.size() > 14, () -> "too little was accepted to prove anything: " + accepted);
    }

    @Test
    void everyRecordTypeSurvivesTheWire() {
        RandomRecords records = new RandomRecords(new Random(1));
        ClusterState state = TestNodes.founded(1);
        Set<Class<?>> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            for (int kind = 0; kind < RandomRecords.KINDS; kind++) {
                ClusterRecord record = records.of(kind, state);
                seen.add(record.getClass());
                assertEquals(record, ClusterRecord.decode(record.encode()));
                state.apply(record);
            }
        }
        assertEquals(RecordTypes.count(), seen.size());
        assertEquals(ClusterRecord.class.getPermittedSubclasses().length, seen.size());
    }

    @RepeatedTest(10)
    void damagedBytesAreRefusedAndNeverThrown(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        RandomRecords records = new RandomRecords(random);
        ClusterState state = TestNodes.founded(1);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = damage(records.next(state).encode(), random);
            assertNotNull(ClusterAnswer.decode(state.apply(damaged)));
            assertConsistent(state.view(null));
            state.apply(records.next(state));
        }
        byte[] image = state.image();
        for (int i = 0; i < 300; i++) {
            ClusterState target = new ClusterState();
            try {
                target.restore(damage(image, random));
                target.view(null);
            } catch (MalformedRecord e) {
                assertArrayEquals(new ClusterState().image(), target.image(), "unchanged");
            }
        }
    }

    @Test
    void anUnknownTypeOrVersionIsRefused() {
        ClusterState state = TestNodes.founded(1);
        byte[] unknown = {1, (byte) 250};
        assertFalse(ClusterAnswer.decode(state.apply(unknown)).accepted());
        byte[] newer = new ClusterRecord.BumpEpoch(TestNodes.id(1)).encode();
        newer[0] = 2;
        ClusterAnswer answer = ClusterAnswer.decode(state.apply(newer));
        assertTrue(answer.text().startsWith("ERR Malformed cluster record: version: 2 (expected: 1)"), answer::text);
        byte[] longer = Arrays.copyOf(new ClusterRecord.BumpEpoch(TestNodes.id(1)).encode(), 100);
        assertThrows(MalformedRecord.class, () -> ClusterRecord.decode(longer));
        assertThrows(MalformedRecord.class, () -> ClusterRecord.decode(new byte[ClusterRecord.MAX_BYTES + 1]));
    }

    @Test
    void anAnnouncedCountAllocatesNothing() {
        WireReader in = new WireReader(new byte[] {(byte) 0xff, (byte) 0xff, 1, 2, 3});
        assertThrows(MalformedRecord.class, in::ids);
        assertThrows(MalformedRecord.class, () -> new WireReader(new byte[] {4, 0, 1}).text());
    }

    @Test
    void aThousandNodesWithScatteredSlotsFitOneLogEntry() {
        ClusterState state = TestNodes.founded(1);
        SlotSet.Builder[] owned = new SlotSet.Builder[1001];
        for (int n = 1; n <= 1000; n++) {
            state.apply(TestNodes.meet(TestNodes.joiner(n)));
            owned[n] = new SlotSet.Builder();
        }
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            owned[1 + slot % 1000].add(slot);
        }
        for (int n = 1; n <= 1000; n++) {
            state.apply(new ClusterRecord.AddSlots(TestNodes.id(n), owned[n].build(), false));
        }
        int bytes = state.image().length;
        assertTrue(bytes < 512 * 1024, "image: " + bytes);
    }

    private static byte[] damage(byte[] bytes, Random random) {
        byte[] damaged =
                random.nextInt(3) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 4)) : bytes.clone();
        for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    private static void assertConsistent(ClusterView view) {
        Set<Long> epochs = new HashSet<>();
        for (ClusterNode node : view.nodes()) {
            assertTrue(node.configEpoch() <= view.currentEpoch(), node::toString);
            if (node.isPrimary()) {
                assertTrue(epochs.add(node.configEpoch()), () -> "two primaries of epoch " + node.configEpoch());
                assertEquals(null, node.primaryId());
            } else if (node.primaryId() != null) {
                assertTrue(view.node(node.primaryId()).isPrimary(), node::toString);
                assertEquals(view.node(node.primaryId()).shardId(), node.shardId());
            }
            for (String replica : node.inSync()) {
                assertTrue(view.node(replica).isReplicaOf(node.id()), node::toString);
            }
        }
        for (int slot = 0; slot < Slot.COUNT; slot++) {
            ClusterNode owner = view.owner(slot);
            SlotMove move = view.move(slot);
            assertTrue(owner == null || owner.isPrimary(), "replicas own nothing");
            if (move != null) {
                assertEquals(owner.id(), move.source());
                assertTrue(view.node(move.target()).isPrimary());
            }
        }
    }
}
