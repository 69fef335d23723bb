package io.kdb.cluster.control;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Raft groups of this node on Apache Ratis. Thread-safe; events and callbacks are passed to the control thread, and
 * groups are added and removed by worker threads, one at a time for each group.
 */
final class RatisHost implements GroupHost, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RatisHost.class);
    private static final int WORKERS = 4;

    private final RaftPeerId self;
    private final ControlDirectory directory;
    private final Supplier<ReplicatedState> states;
    private final Executor control;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callId = new AtomicLong();
    private final Map<GroupId, GroupStateMachine> machines = new ConcurrentHashMap<>();
    private final Map<GroupId, List<String>> voters = new ConcurrentHashMap<>();
    /** The engine's members of the groups, once asked for: the engine goes through futures to find one. */
    private final Map<GroupId, RaftServer.Division> divisions = new ConcurrentHashMap<>();

    private final Set<GroupId> removing = ConcurrentHashMap.newKeySet();
    /** Held while a group is added or removed; the engine leaves a mess when both go on at once. */
    private final Map<GroupId, Object> locks = new ConcurrentHashMap<>();

    private final ThreadPoolExecutor workers =
            new ThreadPoolExecutor(WORKERS, WORKERS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "kdb-groups");
                thread.setDaemon(true);
                return thread;
            });
    private volatile Events events;
    private RaftServer server;

    RatisHost(String nodeId, ControlDirectory directory, Supplier<ReplicatedState> states, Executor control) {
        this.self = RaftPeerId.valueOf(nodeId);
        this.directory = directory;
        this.states = states;
        this.control = control;
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * Starts the engine with the groups on disk.
     *
     * @param founding the group of a cluster of one to be made, or null
     */
    void start(Timing timing, RaftTransport transport, GroupId founding, Events listener) throws ControlStartException {
        events = listener;
        Parameters parameters = new Parameters();
        parameters.put(BusRpcType.TRANSPORT, transport, RaftTransport.class);
        RaftServer.Builder builder = RaftServer.newBuilder()
                .setServerId(self)
                .setProperties(RatisProperties.of(directory, timing))
                .setParameters(parameters)
                .setStateMachineRegistry(this::machine);
        if (founding != null) {
            builder.setGroup(group(founding, List.of(self.toString()), null))
                    .setOption(RaftStorage.StartupOption.FORMAT);
        }
        try {
            for (GroupId group : directory.groups()) {
                LogFiles.check(directory.groupPath(group));
            }
            server = builder.build();
            server.start();
        } catch (IOException | CompletionException | IllegalStateException e) {
            close();
            throw new ControlStartException(corrupt(e), e);
        }
    }

    /** The innermost cause that says something, with a path of this directory if any of them names one. */
    private String corrupt(Throwable failure) {
        String text = null;
        String named = null;
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String message = t.getMessage();
            if (message != null) {
                text = message;
                if (message.contains(directory.raft().toString())) {
                    named = message;
                }
            }
        }
        String why = (named == null ? text : named);
        String path = named == null ? directory.raft() + ": " : "";
        String line = why == null ? failure.toString() : why.split("\n", 2)[0];
        return "corrupt control log: " + path + line;
    }

    private GroupStateMachine machine(RaftGroupId raftId) {
        GroupId id = GroupId.of(raftId.getUuid());
        GroupStateMachine machine = new GroupStateMachine(id, new GroupState(id, states.get()), new Posted());
        machines.put(id, machine);
        return machine;
    }

    /** Events in the order they came, on the control thread. */
    private final class Posted implements Events {
        @Override
        public void applied(GroupId id, Applied applied) {
            control.execute(() -> {
                if (machines.containsKey(id)) {
                    events.applied(id, applied);
                }
            });
        }

        @Override
        public void restored(GroupId id, Facts facts) {
            control.execute(() -> {
                if (machines.containsKey(id)) {
                    events.restored(id, facts);
                }
            });
        }

        @Override
        public void leaderChanged(GroupId id) {
            control.execute(() -> events.leaderChanged(id));
        }
    }

    private static RaftGroupId raftId(GroupId id) {
        return RaftGroupId.valueOf(id.uuid());
    }

    private static RaftGroup group(GroupId id, List<String> voters, String preferred) {
        List<RaftPeer> peers = new ArrayList<>();
        for (String voter : voters) {
            peers.add(RaftPeer.newBuilder()
                    .setId(voter)
                    .setAddress("bus:0")
                    .setPriority(voter.equals(preferred) ? 1 : 0)
                    .build());
        }
        return RaftGroup.valueOf(raftId(id), peers);
    }

    private RaftServer.Division division(GroupId id) {
        try {
            return server == null ? null : server.getDivision(raftId(id));
        } catch (GroupMismatchException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Set<GroupId> groups() {
        return machines.keySet();
    }

    @Override
    public List<String> voters(GroupId id) {
        List<String> known = voters.get(id);
        if (known == null || known.isEmpty()) {
            RaftServer.Division division = machines.containsKey(id) ? division(id) : null;
            if (division == null) {
                return List.of();
            }
            known = division.getRaftConf().getCurrentPeers().stream()
                    .map(peer -> peer.getId().toString())
                    .sorted()
                    .toList();
            voters.put(id, known);
        }
        return known;
    }

    @Override
    public Status status(GroupId id) {
        DivisionInfo info = running(id);
        if (info == null) {
            return null;
        }
        RaftPeerId leader = info.getLeaderId();
        return new Status(ready(info), leader == null ? null : leader.toString(), info.getCurrentTerm());
    }

    @Override
    public boolean full(GroupId id) {
        DivisionInfo info = running(id);
        if (info == null || !ready(info)) {
            return false;
        }
        long[] matched = info.getFollowerMatchIndices();
        boolean full = matched != null && matched.length == voters(id).size() - 1;
        for (int i = 0; full && i < matched.length; i++) {
            full = matched[i] >= 0;
        }
        return full;
    }

    private static boolean ready(DivisionInfo info) {
        return info.isLeader() && info.isLeaderReady();
    }

    /** What the engine knows of an own group that is running; null for any other. */
    private DivisionInfo running(GroupId id) {
        if (!machines.containsKey(id) || removing.contains(id)) {
            return null;
        }
        RaftServer.Division division = divisions.get(id);
        if (division == null) {
            division = division(id);
            if (division == null) {
                return null;
            }
            divisions.put(id, division);
        }
        DivisionInfo info = division.getInfo();
        return info.getLifeCycleState() == LifeCycle.State.RUNNING ? info : null;
    }

    @Override
    public Facts facts(GroupId id) {
        GroupStateMachine machine = machines.get(id);
        return machine == null || removing.contains(id) ? null : machine.state().facts();
    }

    @Override
    public void add(GroupId id, List<String> members, String preferred, Consumer<Boolean> done) {
        workers.execute(() -> {
            boolean ok = false;
            synchronized (lock(id)) {
                try {
                    directory.mark(id, ControlDirectory.NEW);
                    RaftClientReply reply = server.groupManagement(GroupManagementRequest.newAdd(
                            clientId, self, callId.incrementAndGet(), group(id, members, preferred), true));
                    ok = reply.isSuccess();
                    if (ok) {
                        voters.put(id, members.stream().sorted().toList());
                        directory.unmark(id, ControlDirectory.NEW);
                    }
                } catch (IOException e) {
                    LOG.warn("Group {} could not be added: {}", id, e.getMessage());
                }
                if (!ok) {
                    machines.remove(id);
                    divisions.remove(id);
                }
            }
            boolean result = ok;
            control.execute(() -> done.accept(result));
        });
    }

    @Override
    public void remove(GroupId id) {
        if (!machines.containsKey(id) || !removing.add(id)) {
            return;
        }
        workers.execute(() -> {
            synchronized (lock(id)) {
                try {
                    directory.mark(id, ControlDirectory.DEAD);
                    server.groupManagement(GroupManagementRequest.newRemove(
                            clientId, self, callId.incrementAndGet(), raftId(id), true, false));
                    directory.unmark(id, ControlDirectory.DEAD);
                } catch (IOException e) {
                    // The marker stays: the next start removes what is left.
                    LOG.warn("Group {} could not be removed: {}", id, e.getMessage());
                }
                machines.remove(id);
                divisions.remove(id);
                voters.remove(id);
                removing.remove(id);
            }
        });
    }

    private Object lock(GroupId id) {
        if (locks.size() > 1024) {
            locks.keySet().removeIf(known -> !machines.containsKey(known) && !removing.contains(known));
        }
        return locks.computeIfAbsent(id, key -> new Object());
    }

    @Override
    public void submit(GroupId id, byte[] entry, Consumer<Outcome> done) {
        if (entry.length > RatisLimits.MAX_ENTRY_BYTES - 1024 || !machines.containsKey(id) || removing.contains(id)) {
            control.execute(() -> done.accept(Outcome.UNKNOWN));
            return;
        }
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(self)
                .setGroupId(raftId(id))
                .setCallId(callId.incrementAndGet())
                .setType(RaftClientRequest.writeRequestType())
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
                .build();
        try {
            var unused = server.submitClientRequestAsync(request).whenComplete((reply, failure) -> {
                Outcome outcome = failure == null && reply.isSuccess()
                        ? new Outcome(
                                Verdict.decode(reply.getMessage().getContent().toByteArray()))
                        : Outcome.UNKNOWN;
                control.execute(() -> done.accept(outcome));
            });
        } catch (IOException e) {
            control.execute(() -> done.accept(Outcome.UNKNOWN));
        }
    }

    @Override
    public byte[] carried(GroupId id) {
        return machines.get(id).state().carried();
    }

    @Override
    public int carriedBytesCount(GroupId id) {
        return machines.get(id).state().carriedBytesCount();
    }

    @Override
    public Image image(GroupId id) {
        return machines.get(id).state().appImage();
    }

    /** Hands the leadership of a group to a voter; waits at most the limit. True when that voter took it. */
    boolean handOver(GroupId id, String to, long limitMs) {
        try {
            return server.transferLeadership(new TransferLeadershipRequest(
                            clientId, self, raftId(id), callId.incrementAndGet(), RaftPeerId.valueOf(to), limitMs))
                    .isSuccess();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        workers.shutdown();
        try {
            workers.awaitTermination(2, TimeUnit.SECONDS);
            if (server != null) {
                server.close();
            }
        } catch (IOException e) {
            LOG.warn("Consensus engine: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void delete(Path path) throws IOException {
        File[] children = path.toFile().listFiles();
        if (children != null) {
            for (File child : children) {
                delete(child.toPath());
            }
        }
        java.nio.file.Files.deleteIfExists(path);
    }
}
