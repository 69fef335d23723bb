package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a directory is said in one line that names the file. */
class ControlDirectoryIT {
    @TempDir
    Path temp;

    private PlaneNode node() throws ControlStartException {
        return new PlaneNode(temp.resolve("a"), FreePort.next(), null);
    }

    private String refusal(String named) {
        ControlStartException failure = assertThrows(ControlStartException.class, () -> {
            try (PlaneNode node = node()) {
                node.submit(Ledger.add("never"));
            }
        });
        String line = failure.getMessage();
        assertTrue(line.contains(named), line);
        assertTrue(line.indexOf('\n') < 0, line);
        return line;
    }

    @Test
    void anotherNodesDirectoryIsRefused() throws Exception {
        node().close();
        ControlOptions options = new ControlOptions(temp.resolve("a"), FreePort.next()).nodeId("somebodyelse");
        ControlStartException failure = assertThrows(ControlStartException.class, () -> new PlaneNode(options).close());
        assertTrue(failure.getMessage().contains("node-id"), failure.getMessage());
        node().close();
    }

    @Test
    void aDirectoryInUseIsRefused() throws Exception {
        try (PlaneNode a = node()) {
            refusal("lock");
            assertEquals("1", a.submit(Ledger.add("unharmed")));
        }
    }

    @Test
    void aPortInUseIsRefused() throws Exception {
        int port = FreePort.next();
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            ControlStartException failure = assertThrows(
                    ControlStartException.class,
                    () -> new PlaneNode(temp.resolve("a"), taken.getLocalPort(), null).close());
            assertTrue(failure.getMessage().contains(Integer.toString(port)), failure.getMessage());
        }
        node().close();
    }

    @Test
    void flippedBytesInTheLogAreRefused() throws Exception {
        try (PlaneNode a = node()) {
            for (int i = 0; i < 50; i++) {
                a.submit(Ledger.add("v" + i));
            }
        }
        Path log = SnapshotFiles.find(temp, "log_inprogress")
                .findFirst()
                .or(() -> SnapshotFiles.find(temp, "log_").findFirst())
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(log);
        for (int i = 400; i < 420; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(log, bytes);
        refusal(temp.resolve("a").resolve("raft").toString());
    }

    @Test
    void emptyRaftMetaIsRefused() throws Exception {
        node().close();
        Path meta = SnapshotFiles.find(temp, "raft-meta")
                .filter(f -> !f.toString().endsWith(".conf"))
                .findFirst()
                .orElseThrow();
        Files.write(meta, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        refusal("raft");
    }

    @Test
    void aCorruptNoteIsRefused() throws Exception {
        node().close();
        Files.write(temp.resolve("a").resolve("note"), new byte[] {1, 2, 3});
        refusal("note");
    }

    @Test
    void aMissingPieceOfTheLogIsRefused() throws Exception {
        try (PlaneNode a = node()) {
            // Enough for closed segments that no snapshot covers.
            byte[] large = Ledger.add("x".repeat(200_000));
            for (int i = 0; i < 12; i++) {
                a.submit(large);
            }
        }
        List<Path> segments = SnapshotFiles.find(temp, "log_")
                .filter(f -> !f.getFileName().toString().contains("inprogress"))
                .sorted()
                .toList();
        assertTrue(!segments.isEmpty(), "closed segments");
        Files.delete(segments.get(0));
        // A clean stop takes a snapshot, which covers the segment; one that was killed has none.
        for (Path snapshot : SnapshotFiles.find(temp, "snapshot.").toList()) {
            Files.delete(snapshot);
            Files.deleteIfExists(snapshot.resolveSibling(snapshot.getFileName() + ".md5"));
        }
        refusal("current");
    }

    @Test
    void aHalfMadeGroupIsCleanedAway() throws Exception {
        try (PlaneNode a = node()) {
            a.submit(Ledger.add("kept"));
        }
        GroupId half;
        try (ControlDirectory directory = ControlDirectory.open(temp.resolve("a"))) {
            half = directory.note().group().next(1, 1);
            Files.createDirectories(directory.groupPath(half).resolve("current"));
            directory.mark(half, ControlDirectory.NEW);
        }
        try (PlaneNode a = node()) {
            assertEquals("2", a.submit(Ledger.add("more")));
        }
        assertTrue(Files.notExists(temp.resolve("a/raft").resolve(half.toString())));
    }

    @Test
    void aFoundingCutShortIsBegunAnew() throws Exception {
        GroupId founding = new GroupId(1, 0, 99);
        try (ControlDirectory directory = ControlDirectory.open(temp.resolve("a"))) {
            directory.mark(founding, ControlDirectory.NEW);
            Files.createDirectories(directory.groupPath(founding));
        }
        try (PlaneNode a = node()) {
            assertEquals("1", a.submit(Ledger.add("first")));
        }
    }
}
