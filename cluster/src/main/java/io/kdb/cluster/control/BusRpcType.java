package io.kdb.cluster.control;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/** Tells the engine, by its property raft.rpc.type, to send over the cluster bus. Immutable; made by the engine. */
public final class BusRpcType implements RpcType {
    /** Parameter under which the engine carries the {@link RaftTransport} from the host to its transport. */
    static final String TRANSPORT = "kdb.bus";

    @Override
    public String name() {
        return BusRpcType.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new Factory(this, parameters.get(TRANSPORT, RaftTransport.class));
    }

    private static final class Factory implements ServerFactory {
        private final BusRpcType type;
        private final RaftTransport transport;

        Factory(BusRpcType type, RaftTransport transport) {
            this.type = type;
            this.transport = transport;
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer server) {
            return new BusRpc(type, server, transport);
        }

        @Override
        public RpcType getRpcType() {
            return type;
        }
    }
}
