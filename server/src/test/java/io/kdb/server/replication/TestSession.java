package io.kdb.server.replication;

import io.kdb.resp.Arguments;
import io.kdb.resp.RequestBatch;
import io.kdb.resp.RequestDecoder;
import io.kdb.resp.RespLimits;
import java.util.Arrays;
import java.util.function.Consumer;

/** The commands of a replica's connection, as a server's dispatcher runs them. */
final class TestSession {
    private final TestNode node;
    private final ReplicaPeer peer;
    private final Consumer<String> reply;
    private final RequestDecoder decoder = new RequestDecoder(new RespLimits().authenticated(true));
    private final RequestBatch batch = new RequestBatch();
    private byte[] tail = {};

    TestSession(TestNode node, ReplicaConnection connection, Consumer<String> reply) {
        this.node = node;
        this.peer = new ReplicaPeer(node.replication.primary(), connection);
        this.reply = reply;
    }

    void received(byte[] bytes, long nowMs) {
        peer.seen(nowMs);
        byte[] all = Arrays.copyOf(tail, tail.length + bytes.length);
        System.arraycopy(bytes, 0, all, tail.length, bytes.length);
        batch.clear();
        int consumed = decoder.decode(all, 0, all.length, batch);
        tail = Arrays.copyOfRange(all, consumed, all.length);
        for (int r = 0; r < batch.size(); r++) {
            run(batch.get(r));
        }
    }

    private void run(Arguments command) {
        if (command.is(0, "PING")) {
            reply.accept("+PONG\r\n");
        } else if (command.is(0, "AUTH")) {
            reply.accept("+OK\r\n");
        } else if (command.is(0, "REPLCONF")) {
            String line = peer.replconf(command);
            if (line != null) {
                reply.accept(line + "\r\n");
            }
        } else if (command.is(0, "PSYNC") || command.is(0, "SYNC")) {
            String refusal = node.replication.refusesSync();
            if (refusal != null) {
                reply.accept(refusal + "\r\n");
            } else if (command.is(0, "SYNC")) {
                node.replication.primary().sync(peer);
            } else {
                node.replication.primary().psync(peer, command.text(1), Long.parseLong(command.text(2)));
            }
        } else {
            reply.accept("-ERR unknown command\r\n");
        }
    }

    void closed() {
        node.replication.primary().gone(peer);
    }
}
