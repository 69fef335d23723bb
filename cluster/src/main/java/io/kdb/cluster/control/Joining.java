package io.kdb.cluster.control;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * How a lone node gets into another node's cluster: it asks over a connection of its own, notes the other cluster
 * durably, drops its own group and is an observer there. Owner: the control thread.
 */
final class Joining {
    private static final int ASK_TO_JOIN = 1;
    private static final int INVITE = 2;
    private static final int OK = 0;
    private static final int BUSY = 1;
    private static final int ALREADY = 2;
    private static final int REFUSED = 3;
    private static final long ANSWER_LIMIT_MS = 2000;
    /** A node let in counts as a member for that long, whether or not it has come. */
    private static final long EXPECTED_MS = 10_000;

    private final ControlPlane plane;
    private final Bus bus;
    private final ControlNode node;
    private final ControlThread control;
    private final ControlDirectory directory;
    private final View view;
    private final JoinGate gate;
    private boolean joining;
    private long expectedUntilMs = Long.MIN_VALUE;

    Joining(
            ControlPlane plane,
            Bus bus,
            ControlNode node,
            ControlThread control,
            ControlDirectory directory,
            View view,
            JoinGate gate) {
        this.plane = plane;
        this.bus = bus;
        this.node = node;
        this.control = control;
        this.directory = directory;
        this.view = view;
        this.gate = gate;
    }

    /** This node is all there is of its cluster. */
    boolean lone() {
        boolean others = view.members().stream().anyMatch(m -> !m.id().equals(bus.nodeId()));
        return node.generations().voters().equals(List.of(bus.nodeId()))
                && !others
                && bus.known().isEmpty()
                && plane.nowMs() >= expectedUntilMs;
    }

    CompletableFuture<Joined> join(String host, int port, byte[] facts) {
        CompletableFuture<Joined> result = new CompletableFuture<>();
        control.execute(() -> {
            if (joining) {
                fail(result, JoinException.Reason.BUSY, "this node is joining a cluster already");
            } else if (!lone()) {
                fail(result, JoinException.Reason.ALREADY_IN_CLUSTER, "this node belongs to a cluster already");
            } else {
                joining = true;
                var unused = result.whenComplete((joined, failure) -> control.execute(() -> joining = false));
                ask(host, port, facts, result);
            }
        });
        return result;
    }

    private void ask(String host, int port, byte[] facts, CompletableFuture<Joined> result) {
        var unused = call(host, port, localHost -> new WireWriter()
                        .u8(ASK_TO_JOIN)
                        .bytes(facts))
                .whenComplete((answer, failure) -> control.execute(() -> {
                    if (failure != null) {
                        result.completeExceptionally(failure);
                    } else if (!lone()) {
                        fail(result, JoinException.Reason.ALREADY_IN_CLUSTER, "this node belongs to a cluster already");
                    } else {
                        enter(answer, result);
                    }
                }));
    }

    /** What the other side answered, once it said yes. */
    private record Answer(WireReader body, String peer, String localHost, String host, int port) {}

    private CompletableFuture<Answer> call(String host, int port, Function<String, WireWriter> question) {
        CompletableFuture<Answer> result = new CompletableFuture<>();
        var unused = bus.callToJoin(host, port).whenComplete((connection, failure) -> {
            if (failure != null) {
                result.completeExceptionally(reason(host, port, failure));
                return;
            }
            String localHost = ((InetSocketAddress) connection.channel().localAddress())
                    .getAddress()
                    .getHostAddress();
            byte[] bytes = question.apply(localHost).toBytes();
            var unusedToo = bus.request(connection, Bus.JOIN, bytes, ANSWER_LIMIT_MS)
                    .whenComplete((reply, lost) -> {
                        connection.fail(new IOException("done"));
                        if (lost != null) {
                            result.completeExceptionally(reason(host, port, lost));
                            return;
                        }
                        WireReader in = new WireReader(reply);
                        int status = in.u8();
                        String text = in.text();
                        if (status == OK) {
                            result.complete(new Answer(in, connection.peer(), localHost, host, port));
                        } else {
                            result.completeExceptionally(new JoinException(
                                    status == BUSY
                                            ? JoinException.Reason.BUSY
                                            : status == ALREADY
                                                    ? JoinException.Reason.ALREADY_IN_CLUSTER
                                                    : JoinException.Reason.REFUSED,
                                    connection.peer(),
                                    host + ":" + port + ": " + text));
                        }
                    });
        });
        return result;
    }

    private static JoinException reason(String host, int port, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        String at = host + ":" + port + ": ";
        if (cause instanceof BusConnection.Rejected rejected) {
            return switch (rejected.code) {
                case BusConnection.REJECT_SECRET ->
                    new JoinException(JoinException.Reason.WRONG_SECRET, at + rejected.getMessage());
                case BusConnection.REJECT_SELF ->
                    new JoinException(JoinException.Reason.SELF, at + rejected.getMessage());
                case BusConnection.REJECT_VERSION ->
                    new JoinException(JoinException.Reason.OTHER_VERSION, at + rejected.getMessage());
                default -> new JoinException(JoinException.Reason.REFUSED, at + rejected.getMessage());
            };
        }
        if (cause instanceof ConnectException) {
            return new JoinException(JoinException.Reason.NOBODY_THERE, at + "nobody answers");
        }
        return new JoinException(JoinException.Reason.NOT_KDB, at + "no kdb cluster port (" + Bus.text(cause) + ")");
    }

    /** The point of no return: the note of the other cluster is written, everything of the own one goes. */
    private void enter(Answer answer, CompletableFuture<Joined> result) {
        Note note;
        Map<String, InetSocketAddress> book = new HashMap<>();
        try {
            note = Note.decode(answer.body.bytes());
            for (int n = answer.body.i32(); n > 0; n--) {
                String id = answer.body.text();
                book.put(id, InetSocketAddress.createUnresolved(answer.body.text(), answer.body.i32()));
            }
            book.put(answer.peer, InetSocketAddress.createUnresolved(answer.host, answer.port));
            if (!note.clusterId().equals(bus.clusterId())) {
                directory.peers(book);
                directory.note(note);
            }
        } catch (WireException e) {
            fail(result, JoinException.Reason.NOT_KDB, answer.host + ":" + answer.port + ": " + e.getMessage());
            return;
        } catch (ControlStartException e) {
            fail(result, JoinException.Reason.REFUSED, e.getMessage());
            return;
        }
        if (!note.clusterId().equals(bus.clusterId())) {
            node.move(note, "this node joined another cluster");
            view.forget();
            bus.moveTo(note.clusterId());
        }
        book.forEach((id, address) -> bus.learn(id, address.getHostString(), address.getPort()));
        node.feed().when(0, () -> result.complete(new Joined(note.clusterId(), answer.peer, answer.localHost)));
        node.tick();
    }

    CompletableFuture<Void> invite(String host, int port, byte[] facts) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        var unused = call(host, port, localHost -> new WireWriter()
                        .u8(INVITE)
                        .text(bus.announcedHost() == null ? localHost : bus.announcedHost())
                        .i32(bus.announcedPort())
                        .bytes(facts))
                .whenComplete((answer, failure) -> {
                    if (failure == null) {
                        result.complete(null);
                    } else {
                        result.completeExceptionally(failure);
                    }
                });
        return result;
    }

    /** Another node asks; called on the bus thread. */
    CompletableFuture<byte[]> asked(String from, byte[] payload) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        control.execute(() -> {
            try {
                WireReader in = new WireReader(payload);
                result.complete(in.u8() == ASK_TO_JOIN ? letIn(from, in.bytes()) : invited(in));
            } catch (WireException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private byte[] letIn(String from, byte[] facts) {
        if (joining) {
            return no(BUSY, "that node is joining a cluster itself");
        }
        String refusal = gate.refuseJoiner(from, facts == null ? new byte[0] : facts);
        if (refusal != null) {
            return no(REFUSED, refusal);
        }
        expectedUntilMs = plane.nowMs() + EXPECTED_MS;
        Map<String, InetSocketAddress> book = plane.addressBook();
        WireWriter out = new WireWriter()
                .u8(OK)
                .text("")
                .bytes(node.generations().best().encode())
                .i32(book.size());
        book.forEach((id, address) -> out.text(id).text(address.getHostString()).i32(address.getPort()));
        return out.toBytes();
    }

    private byte[] invited(WireReader in) {
        String host = in.text();
        int port = in.i32();
        byte[] facts = in.bytes();
        if (joining) {
            return no(BUSY, "that node is joining a cluster already");
        }
        if (!lone()) {
            return no(ALREADY, "that node belongs to another cluster already");
        }
        String refusal = gate.invited(host, port, facts == null ? new byte[0] : facts);
        return refusal == null ? new WireWriter().u8(OK).text("").toBytes() : no(REFUSED, refusal);
    }

    private static byte[] no(int status, String text) {
        return new WireWriter().u8(status).text(text).toBytes();
    }

    private static void fail(CompletableFuture<?> result, JoinException.Reason reason, String text) {
        result.completeExceptionally(new JoinException(reason, text));
    }
}
