package io.kdb.cluster.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collection;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** The engine's transport: its four calls as protobuf over the cluster bus, for all groups of the node. Thread-safe. */
final class BusRpc implements RaftServerRpc {
    private static final int VOTE = 1;
    private static final int APPEND = 2;
    private static final int SNAPSHOT = 3;
    private static final int ELECT = 4;

    private final RpcType type;
    private final RaftServer server;
    private final RaftTransport transport;

    BusRpc(RpcType type, RaftServer server, RaftTransport transport) {
        this.type = type;
        this.server = server;
        this.transport = transport;
    }

    @Override
    public void start() {
        transport.receiver(this::called);
    }

    @Override
    public void close() {
        transport.receiver(null);
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        return RequestVoteReplyProto.parseFrom(call(VOTE, request.getServerRequest(), request));
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        return AppendEntriesReplyProto.parseFrom(call(APPEND, request.getServerRequest(), request));
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return InstallSnapshotReplyProto.parseFrom(call(SNAPSHOT, request.getServerRequest(), request));
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return StartLeaderElectionReplyProto.parseFrom(call(ELECT, request.getServerRequest(), request));
    }

    private ByteString call(int kind, RaftRpcRequestProto header, MessageLite request) throws IOException {
        byte[] bytes = new byte[1 + request.getSerializedSize()];
        bytes[0] = (byte) kind;
        org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream out =
                org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream.newInstance(
                        bytes, 1, bytes.length - 1);
        request.writeTo(out);
        out.flush();
        return UnsafeByteOperations.unsafeWrap(
                transport.call(header.getReplyId().toStringUtf8(), bytes));
    }

    private byte[] called(String from, byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            throw new IOException("empty request");
        }
        ByteString body = UnsafeByteOperations.unsafeWrap(Arrays.copyOfRange(bytes, 1, bytes.length));
        switch (bytes[0]) {
            case VOTE -> {
                RequestVoteRequestProto request = RequestVoteRequestProto.parseFrom(body);
                check(from, request.getServerRequest());
                return server.requestVote(request).toByteArray();
            }
            case APPEND -> {
                AppendEntriesRequestProto request = AppendEntriesRequestProto.parseFrom(body);
                check(from, request.getServerRequest());
                return server.appendEntries(request).toByteArray();
            }
            case SNAPSHOT -> {
                InstallSnapshotRequestProto request = InstallSnapshotRequestProto.parseFrom(body);
                check(from, request.getServerRequest());
                return server.installSnapshot(request).toByteArray();
            }
            case ELECT -> {
                StartLeaderElectionRequestProto request = StartLeaderElectionRequestProto.parseFrom(body);
                check(from, request.getServerRequest());
                return server.startLeaderElection(request).toByteArray();
            }
            default -> throw new IOException("raft call: " + bytes[0] + " (expected: 1 to 4)");
        }
    }

    private static void check(String from, RaftRpcRequestProto header) throws IOException {
        String said = header.getRequestorId().toStringUtf8();
        if (!said.equals(from)) {
            throw new IOException("raft call of " + said + " (expected: " + from + ")");
        }
    }

    /** The bus finds nodes by id; the engine's addresses mean nothing. */
    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {}

    @Override
    public void handleException(RaftPeerId serverId, Exception e, boolean reconnect) {}

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return InetSocketAddress.createUnresolved("bus", 0);
    }

    @Override
    public RpcType getRpcType() {
        return type;
    }
}
