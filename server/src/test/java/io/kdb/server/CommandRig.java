package io.kdb.server;

import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.ReplyWriter;
import io.kdb.resp.RequestBatch;
import io.kdb.resp.RequestDecoder;
import io.kdb.resp.RespLimits;
import io.kdb.server.commands.Commands;
import io.kdb.server.config.ConfigFileError;
import io.kdb.server.config.ServerConfig;
import io.kdb.server.dispatch.CommandTable;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Eviction;
import io.kdb.server.dispatch.Node;
import io.kdb.server.dispatch.Session;
import io.kdb.server.log.EffectsLog;
import io.kdb.server.log.LogReader;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.KeyspaceOptions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** A node without sockets: bytes of requests in, bytes of replies out, through decoder and dispatcher. Owner: one test. */
public final class CommandRig implements AutoCloseable {
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final Keyspace keyspace;
    private final Node node;
    private final Dispatcher dispatcher;
    private final Session session;
    private final RequestDecoder decoder = new RequestDecoder(new RespLimits().authenticated(true));
    private final RequestBatch batch = new RequestBatch();
    private final LogReader log;

    public CommandRig(KeyspaceOptions options, String... configuration) {
        ServerConfig config;
        try {
            config = ServerConfig.of(configuration);
        } catch (ConfigFileError e) {
            throw new IllegalArgumentException(e);
        }
        keyspace = new Keyspace(options);
        EffectsLog effects = new EffectsLog(1 << 20, new SplittableRandom(1));
        effects.activate();
        log = effects.openReader(effects.endOffset(), Long.MAX_VALUE, () -> {});
        node = new Node(config, keyspace, effects, new CommandTable(Commands.ALL), System.currentTimeMillis());
        node.plug(new Eviction(node, keyspace::usedMemory), new NoPersistence(), new NoReplication(effects), null);
        dispatcher = new Dispatcher(node, loop);
        ReplyWriter reply = new ReplyWriter(new ReplyBuffer(new ChunkPool(1 << 20)));
        session = new Session(1, dispatcher, null, reply, System.currentTimeMillis());
        session.authenticated(true);
    }

    public Node node() {
        return node;
    }

    public Session session() {
        return session;
    }

    /** Requests as a client sends them. */
    public static byte[] requests(String... lines) {
        StringBuilder out = new StringBuilder();
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            out.append('*').append(words.length).append("\r\n");
            for (String word : words) {
                out.append('$')
                        .append(word.length())
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Runs whole requests; their replies stay in the session's buffer. */
    public void receive(byte[] bytes) {
        batch.clear();
        int end = decoder.decode(bytes, 0, bytes.length, batch);
        if (end != bytes.length) {
            throw new IllegalArgumentException("requests: " + end + " bytes (expected: " + bytes.length + ")");
        }
        dispatcher.run(session, batch);
    }

    /** Runs commands, words separated by one space, and returns the bytes of their replies. */
    public String run(String... lines) {
        receive(requests(lines));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        session.reply().buffer().drain(out::write);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    /** What was appended to the effects log since the last call: commands with their words separated by a space. */
    public String effects() {
        return new String(effectBytes(), StandardCharsets.ISO_8859_1)
                .replaceAll("\\$\\d+\r\n", "")
                .replaceAll("\r\n(?=\\*|$)", ";")
                .replaceAll("\\*\\d+\r\n", "")
                .replace("\r\n", " ");
    }

    /** As {@link #effects}, as replicas get it. */
    public byte[] effectBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (log.read(out::write, Integer.MAX_VALUE) > 0) {}
        return out.toByteArray();
    }

    @Override
    public void close() {
        log.close();
        loop.shutdown();
        keyspace.close();
    }
}
