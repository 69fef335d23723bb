package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlPlaneIT {
    @TempDir
    Path temp;

    private PlaneNode node(String name) throws Exception {
        return new PlaneNode(temp.resolve(name), FreePort.next(), null);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "in vain waited for: " + what);
            Thread.onSpinWait();
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void aLoneNodeDecidesAndRemembers() throws Exception {
        int port = FreePort.next();
        String id;
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            id = a.id();
            for (int i = 1; i <= 50; i++) {
                assertEquals(Integer.toString(i), a.submit(Ledger.add("v" + i)));
            }
            assertEquals(50, a.entries().size());
            assertTrue(a.plane.isLeader());
            assertTrue(a.plane.confirmLeadership().join());
        }
        try (PlaneNode a = new PlaneNode(temp.resolve("a"), port, null)) {
            assertEquals(id, a.id());
            assertEquals(2, a.plane.incarnation());
            assertEquals("51", a.submit(Ledger.add("v51")));
            assertEquals("v1", a.entries().get(0));
        }
    }

    @Test
    void threeNodesBecomeThreeVotersAndFollow() throws Exception {
        try (PlaneNode a = node("a");
                PlaneNode b = node("b");
                PlaneNode c = node("c")) {
            a.submit(Ledger.member(a.id(), PlaneNode.HOST, a.port));
            a.submit(Ledger.add("before"));
            b.enter(a);
            assertEquals(List.of("before"), b.entries());
            c.enter(b);
            await(
                    "three voters",
                    () -> c.plane.voters().size() == 3 && a.plane.voters().size() == 3);
            assertEquals("2", c.submit(Ledger.add("from c")));
            assertEquals("3", b.submit(Ledger.add("from b")));
            await(
                    "all alike",
                    () -> a.entries().size() == 3
                            && b.entries().size() == 3
                            && c.entries().size() == 3);
            assertEquals(a.entries(), c.entries());
            assertTrue(a.plane.generation() >= 2);
        }
    }
}
