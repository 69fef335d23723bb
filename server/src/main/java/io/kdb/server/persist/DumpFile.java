package io.kdb.server.persist;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;

/** The RDB file on disk: written whole or not at all, read from its beginning to its end. Stateless. */
public final class DumpFile {
    /** After so many bytes the disk is told to write, so that the end does not wait for all of them at once. */
    private static final int SYNC_BYTES = 4 << 20;

    private DumpFile() {}

    /** Writes what belongs into a file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Replaces the file: a temporary one beside it is written, forced to disk and renamed.
     *
     * @throws IOException when that fails; the file is then as it was and the temporary one is gone
     */
    public static void replace(Path file, Content content) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path temporary = directory.resolve("temp-" + ProcessHandle.current().pid() + "-" + file.getFileName() + ".rdb");
        try {
            writeForced(temporary, content);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(directory);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Writes a new file, or over an old one, and forces it to disk. */
    public static void writeForced(Path file, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                OutputStream out = new ForcedOutput(channel)) {
            content.writeTo(out);
            channel.force(true);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** {@link #load(Path, boolean, long, RdbVisitor, LongConsumer)} that nobody watches. */
    public static Loaded load(Path file, boolean checksum, long expiredBeforeMs, RdbVisitor visitor)
            throws IOException {
        return load(file, checksum, expiredBeforeMs, visitor, bytes -> {});
    }

    /** What was loaded; the replication fields are those of {@link RdbInfo}. */
    public record Loaded(long bytes, long keys, long keysExpired, String replicationId, long offset, int streamDb) {
        public boolean hasReplication() {
            return replicationId != null && offset >= 0;
        }
    }

    /**
     * Reads the file into the visitor.
     *
     * @param checksum rdbchecksum
     * @param expiredBeforeMs see {@link RdbReader}
     * @param progress is told now and then how many bytes are read
     * @throws RdbException when it is corrupt, with offset and reason; what the visitor took is then to be dropped
     */
    public static Loaded load(
            Path file, boolean checksum, long expiredBeforeMs, RdbVisitor visitor, LongConsumer progress)
            throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            AuxiliaryFields fields = new AuxiliaryFields(visitor);
            RdbReader reader = new RdbReader(in, Files.size(file), checksum, expiredBeforeMs, fields);
            fields.onProgress = () -> progress.accept(reader.offset());
            reader.read();
            progress.accept(reader.offset());
            return new Loaded(
                    reader.offset(),
                    reader.keysLoaded(),
                    reader.keysExpired(),
                    fields.replicationId,
                    fields.offset,
                    fields.streamDb);
        }
    }

    /** Passes everything on and keeps the replication fields. */
    private static final class AuxiliaryFields implements RdbVisitor {
        private static final int KEYS_A_LOOK = 1024;

        private Runnable onProgress = () -> {};
        private int keys;
        private final RdbVisitor next;
        private String replicationId;
        private long offset = -1;
        private int streamDb = -1;

        AuxiliaryFields(RdbVisitor next) {
            this.next = next;
        }

        @Override
        public void aux(String name, String value) throws IOException {
            switch (name) {
                case "repl-id" -> replicationId = value.length() == 40 ? value : null;
                case "repl-offset" -> offset = number(value);
                case "repl-stream-db" -> streamDb = (int) number(value);
                default -> next.aux(name, value);
            }
        }

        private static long number(String value) {
            return value.matches("\\d{1,18}") ? Long.parseLong(value) : -1;
        }

        @Override
        public void database(int db, long keyCount, long expiryCount) throws IOException {
            next.database(db, keyCount, expiryCount);
        }

        @Override
        public void string(PiecedBytes key, PiecedBytes value, long expireAtMs, long idleSeconds, int frequency)
                throws IOException {
            next.string(key, value, expireAtMs, idleSeconds, frequency);
            look();
        }

        @Override
        public boolean collection(
                PiecedBytes key,
                ValueRdb rdb,
                int form,
                RdbInput in,
                long expireAtMs,
                long idleSeconds,
                int frequency,
                boolean expired)
                throws IOException {
            boolean kept = next.collection(key, rdb, form, in, expireAtMs, idleSeconds, frequency, expired);
            look();
            return kept;
        }

        private void look() {
            if (++keys % KEYS_A_LOOK == 0) {
                onProgress.run();
            }
        }
    }

    private static final class ForcedOutput extends OutputStream {
        private final FileChannel channel;
        private final ByteBuffer one = ByteBuffer.allocate(1);
        private long unforced;

        ForcedOutput(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int value) throws IOException {
            one.clear().put((byte) value).flip();
            writeAll(one);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            writeAll(ByteBuffer.wrap(bytes, from, length));
        }

        private void writeAll(ByteBuffer bytes) throws IOException {
            unforced += bytes.remaining();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (unforced >= SYNC_BYTES) {
                channel.force(false);
                unforced = 0;
            }
        }
    }
}
