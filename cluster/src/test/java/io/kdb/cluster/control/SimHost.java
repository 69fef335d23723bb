package io.kdb.cluster.control;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The groups of one simulated process. Owner: the test. */
final class SimHost implements GroupHost {
    private final SimNode node;
    private final Map<GroupId, SimRaft> groups = new HashMap<>();
    private Events events;

    SimHost(SimNode node) {
        this.node = node;
    }

    void start(Events listener) {
        events = listener;
        node.disks.forEach((id, disk) -> groups.put(id, new SimRaft(this, node, id, disk, true)));
    }

    void applied(GroupId id, SimRaft group, Applied applied) {
        if (groups.get(id) == group) {
            events.applied(id, applied);
        }
    }

    void toMember(String to, GroupId id, Consumer<SimRaft> call) {
        if (node.frozen()) {
            node.whenThawed(() -> toMember(to, id, call));
            return;
        }
        if (!node.up()) {
            return;
        }
        node.world().carry(node.self(), to, () -> {
            SimRaft member = node.world().nodes.get(to).host().groups.get(id);
            if (member != null) {
                call.accept(member);
            }
        });
    }

    @Override
    public Set<GroupId> groups() {
        return groups.keySet();
    }

    @Override
    public List<String> voters(GroupId id) {
        return groups.get(id).voters();
    }

    @Override
    public Status status(GroupId id) {
        SimRaft group = groups.get(id);
        return group == null ? null : group.status();
    }

    @Override
    public boolean full(GroupId id) {
        SimRaft group = groups.get(id);
        return group != null && group.full();
    }

    @Override
    public Facts facts(GroupId id) {
        SimRaft group = groups.get(id);
        return group == null ? null : group.state().facts();
    }

    @Override
    public void add(GroupId id, List<String> voters, String preferred, Consumer<Boolean> done) {
        node.unfinished.add(id);
        node.schedule(5 + node.random(20), () -> {
            SimRaft.Disk disk = new SimRaft.Disk(voters, preferred);
            node.disks.put(id, disk);
            groups.put(id, new SimRaft(this, node, id, disk, false));
            node.unfinished.remove(id);
            done.accept(true);
        });
    }

    @Override
    public void remove(GroupId id) {
        SimRaft group = groups.remove(id);
        if (group != null) {
            group.remove();
            node.disks.remove(id);
        }
    }

    @Override
    public void submit(GroupId id, byte[] entry, Consumer<Outcome> done) {
        SimRaft group = groups.get(id);
        if (group == null) {
            node.schedule(0, () -> done.accept(Outcome.UNKNOWN));
        } else if (node.frozen()) {
            node.whenThawed(() -> submit(id, entry, done));
        } else if (node.up()) {
            group.submit(entry, done);
        }
    }

    @Override
    public byte[] carried(GroupId id) {
        return groups.get(id).state().carried();
    }

    @Override
    public int carriedBytesCount(GroupId id) {
        return groups.get(id).state().carriedBytesCount();
    }

    @Override
    public Image image(GroupId id) {
        return groups.get(id).state().appImage();
    }
}
