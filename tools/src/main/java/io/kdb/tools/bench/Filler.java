package io.kdb.tools.bench;

import io.kdb.tools.client.Address;
import io.kdb.tools.client.Reply;
import io.kdb.tools.client.RespConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Fills collections through one connection, many commands under way at a time. Owner: the main thread. */
final class Filler implements Closeable {
    private static final int TIMEOUT_MS = 120_000;
    private static final int UNDER_WAY = 64;

    private final RespConnection connection;
    private int unanswered;

    Filler(Address address) throws IOException {
        connection = RespConnection.open(address, TIMEOUT_MS);
    }

    /** Sends a command; some replies are read on the way. */
    void send(List<String> words) throws IOException {
        List<byte[]> bytes = new ArrayList<>(words.size());
        for (String word : words) {
            bytes.add(word.getBytes(StandardCharsets.ISO_8859_1));
        }
        connection.write(bytes);
        if (++unanswered == UNDER_WAY) {
            drain();
        }
    }

    /** Reads the replies that are still to come. */
    void drain() throws IOException {
        connection.flush();
        for (; unanswered > 0; unanswered--) {
            if (connection.read() instanceof Reply.Failure failure) {
                throw new IOException(failure.text());
            }
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
