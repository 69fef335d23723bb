package io.kdb.cluster.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One simulated node: what is on its disk, and the process that runs or does not. Owner: the test. */
final class SimNode implements Environment {
    private final SimWorld world;
    private final String id;

    // The disk.
    private Note note;
    private long starts;
    final Map<GroupId, SimRaft.Disk> disks = new HashMap<>();
    final Set<GroupId> unfinished = new HashSet<>();

    // The process.
    private int life;
    private boolean up;
    private boolean frozen;
    private final List<Runnable> late = new ArrayList<>();
    private SimHost host;
    private ControlNode control;
    private Ledger view;
    private long viewIndex;

    SimNode(SimWorld world, String id) {
        this.world = world;
        this.id = id;
        world.nodes.put(id, this);
    }

    SimWorld world() {
        return world;
    }

    int life() {
        return life;
    }

    boolean up() {
        return up;
    }

    boolean frozen() {
        return frozen;
    }

    ControlNode control() {
        return control;
    }

    SimHost host() {
        return host;
    }

    Ledger view() {
        return view;
    }

    long viewIndex() {
        return viewIndex;
    }

    /** Makes this node a cluster of one with everybody in its state. */
    void found(Collection<String> members) {
        GroupId group = new GroupId(1, 0, 77L << 32);
        note = new Note("sim", group, List.of(id));
        disks.put(group, new SimRaft.Disk(List.of(id), id));
        start();
        for (String member : members) {
            control.submissions().submit(Ledger.member(member, member, 1), 60_000, (answer, failure) -> {});
        }
    }

    /** Makes this node an observer of the founder's cluster. */
    void observe(SimNode founder) {
        note = founder.note;
        start();
    }

    void start() {
        life++;
        up = true;
        frozen = false;
        late.clear();
        starts++;
        for (GroupId group : unfinished) {
            disks.remove(group);
        }
        unfinished.clear();
        disks.keySet().removeIf(group -> group.generation() < note.group().generation());
        view = new Ledger();
        viewIndex = -1;
        host = new SimHost(this);
        control = new ControlNode(this, host, note, world.timing, starts, () -> new byte[] {1});
        control.planner().enable(false);
        host.start(control);
        control.start();
        world.schedule(this, world.random.nextInt(100), this::tick);
    }

    private void tick() {
        control.tick();
        world.schedule(this, Timing.TICK_MS, this::tick);
    }

    void kill() {
        up = false;
        life++;
        late.clear();
    }

    void freeze() {
        frozen = up;
    }

    void thaw() {
        if (frozen) {
            frozen = false;
            List<Runnable> tasks = new ArrayList<>(late);
            late.clear();
            tasks.forEach(task -> world.schedule(this, 0, task));
        }
    }

    void whenThawed(Runnable task) {
        late.add(task);
    }

    // ------------------------------------------------------------------ the environment of the protocol

    @Override
    public String self() {
        return id;
    }

    @Override
    public long nowMs() {
        return world.nowMs();
    }

    /** A process that was killed or stopped within the task it runs does nothing more. */
    boolean silenced() {
        return !up || frozen;
    }

    @Override
    public void send(String nodeId, byte[] message) {
        if (frozen) {
            late.add(() -> send(nodeId, message));
        } else if (up) {
            world.carry(id, nodeId, () -> world.nodes.get(nodeId).control.receive(id, message));
        }
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        world.schedule(this, delayMs, task);
    }

    @Override
    public int random(int bound) {
        return world.random.nextInt(bound);
    }

    @Override
    public void write(Note n) {
        if (up) {
            note = n;
        }
    }

    @Override
    public List<Member> members() {
        return view.members();
    }

    @Override
    public Collection<String> peers() {
        List<String> others = world.ids();
        others.remove(id);
        return others;
    }

    @Override
    public void deliver(long generation, long index, byte[] op) {
        if (index != viewIndex + 1) {
            throw new AssertionError(id + ": view at " + viewIndex + " was given " + index);
        }
        viewIndex = index;
        view.apply(op);
        world.witness(new GroupId((int) generation, 0, 0), index, new String(op, StandardCharsets.UTF_8));
    }

    @Override
    public void deliver(Image image) {
        view.restore(image.bytes());
        viewIndex = image.index();
    }

    @Override
    public void afterDelivered(Runnable task) {
        world.schedule(this, 0, task);
    }

    @Override
    public void leadership(boolean leader, long generation, long term) {}
}
