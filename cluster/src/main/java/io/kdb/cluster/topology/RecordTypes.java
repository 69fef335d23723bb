package io.kdb.cluster.topology;

import io.kdb.cluster.topology.ClusterRecord.AbortMove;
import io.kdb.cluster.topology.ClusterRecord.AcceptIncarnation;
import io.kdb.cluster.topology.ClusterRecord.AddSlots;
import io.kdb.cluster.topology.ClusterRecord.BeginMove;
import io.kdb.cluster.topology.ClusterRecord.BumpEpoch;
import io.kdb.cluster.topology.ClusterRecord.CancelFailover;
import io.kdb.cluster.topology.ClusterRecord.Cause;
import io.kdb.cluster.topology.ClusterRecord.CommitMove;
import io.kdb.cluster.topology.ClusterRecord.DelSlots;
import io.kdb.cluster.topology.ClusterRecord.Failover;
import io.kdb.cluster.topology.ClusterRecord.FlushSlots;
import io.kdb.cluster.topology.ClusterRecord.Forget;
import io.kdb.cluster.topology.ClusterRecord.Found;
import io.kdb.cluster.topology.ClusterRecord.FoundShard;
import io.kdb.cluster.topology.ClusterRecord.History;
import io.kdb.cluster.topology.ClusterRecord.InSync;
import io.kdb.cluster.topology.ClusterRecord.Leave;
import io.kdb.cluster.topology.ClusterRecord.MarkFailed;
import io.kdb.cluster.topology.ClusterRecord.MarkRecovered;
import io.kdb.cluster.topology.ClusterRecord.NodeJoin;
import io.kdb.cluster.topology.ClusterRecord.NodeUpdate;
import io.kdb.cluster.topology.ClusterRecord.Remove;
import io.kdb.cluster.topology.ClusterRecord.Replicate;
import io.kdb.cluster.topology.ClusterRecord.Reset;
import io.kdb.cluster.topology.ClusterRecord.SetConfigEpoch;
import io.kdb.cluster.topology.ClusterRecord.SetPlacement;
import io.kdb.cluster.topology.ClusterRecord.SetReplicaAcks;
import io.kdb.cluster.topology.ClusterRecord.SetReplicas;
import io.kdb.cluster.topology.ClusterRecord.SetSlotNode;
import io.kdb.cluster.topology.ClusterRecord.Via;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The table of record types: number on the wire, how it is written and read, and the rule that applies it. Stateless. */
final class RecordTypes {
    private static final int VERSION = 1;

    /** A row; the numbers are never used again for something else. */
    private record Row<R extends ClusterRecord>(
            int number,
            Class<R> type,
            BiConsumer<R, WireWriter> write,
            Function<WireReader, R> read,
            BiFunction<ClusterState, R, ClusterAnswer> rule) {

        void write(ClusterRecord record, WireWriter out) {
            write.accept(type.cast(record), out);
        }

        ClusterAnswer apply(ClusterState state, ClusterRecord record) {
            return rule.apply(state, type.cast(record));
        }
    }

    private static final List<Row<?>> TABLE = List.of(
            row(
                    1,
                    Found.class,
                    (r, out) -> {
                        r.node().write(out.id(r.clusterId()));
                        out.i64(r.nowMs());
                    },
                    in -> new Found(in.id(), Joiner.read(in), in.u63()),
                    MembershipRules::found),
            row(
                    2,
                    NodeJoin.class,
                    (r, out) -> {
                        r.node().write(out.id(r.clusterId()));
                        out.u16(r.joinerClusterSize()).choice(r.via()).i64(r.nowMs());
                    },
                    in -> new NodeJoin(in.id(), Joiner.read(in), in.u16(), in.oneOf(Via.values()), in.u63()),
                    MembershipRules::join),
            row(
                    3,
                    NodeUpdate.class,
                    (r, out) -> out.id(r.id()).profile(r.profile()),
                    in -> new NodeUpdate(in.id(), in.profile()),
                    MembershipRules::update),
            row(
                    4,
                    AcceptIncarnation.class,
                    (r, out) -> out.id(r.id()).i64(r.incarnation()),
                    in -> new AcceptIncarnation(in.id(), in.u63()),
                    MembershipRules::acceptIncarnation),
            row(
                    5,
                    Forget.class,
                    (r, out) -> out.id(r.id()).id(r.askedOf()).i64(r.nowMs()),
                    in -> new Forget(in.id(), in.id(), in.u63()),
                    MembershipRules::forget),
            row(
                    6,
                    Remove.class,
                    (r, out) -> out.id(r.id()).i64(r.nowMs()),
                    in -> new Remove(in.id(), in.u63()),
                    MembershipRules::remove),
            row(
                    7,
                    Reset.class,
                    (r, out) -> out.id(r.id()).i64(r.incarnation()),
                    in -> new Reset(in.id(), in.u63()),
                    MembershipRules::reset),
            row(
                    8,
                    Leave.class,
                    (r, out) -> out.id(r.id()).bool(r.leaving()),
                    in -> new Leave(in.id(), in.bool()),
                    MembershipRules::leave),
            row(
                    9,
                    AddSlots.class,
                    (r, out) -> out.id(r.node()).slots(r.slots()).bool(r.planned()),
                    in -> new AddSlots(in.id(), in.slots(), in.bool()),
                    SlotRules::add),
            row(
                    10,
                    DelSlots.class,
                    (r, out) -> out.slots(r.slots()),
                    in -> new DelSlots(in.slots()),
                    SlotRules::delete),
            row(11, FlushSlots.class, (r, out) -> out.id(r.node()), in -> new FlushSlots(in.id()), SlotRules::flush),
            row(
                    12,
                    SetSlotNode.class,
                    (r, out) ->
                            out.u16(r.slot()).id(r.node()).bool(r.importing()).bool(r.emptiedFollows()),
                    in -> new SetSlotNode(in.slot(), in.id(), in.bool(), in.bool()),
                    SlotRules::setNode),
            row(
                    13,
                    BeginMove.class,
                    (r, out) -> out.slots(r.slots()).id(r.source()).id(r.target()),
                    in -> new BeginMove(in.slots(), in.id(), in.id()),
                    SlotRules::beginMove),
            row(
                    14,
                    CommitMove.class,
                    (r, out) -> out.i64(r.moveId()).slots(r.slots()),
                    in -> new CommitMove(in.i64(), in.slots()),
                    SlotRules::commitMove),
            row(
                    15,
                    AbortMove.class,
                    (r, out) -> out.i64(r.moveId()).slots(r.slots()),
                    in -> new AbortMove(in.i64(), in.slots()),
                    SlotRules::abortMove),
            row(
                    16,
                    Replicate.class,
                    (r, out) -> out.id(r.node()).id(r.primary()),
                    in -> new Replicate(in.id(), in.id()),
                    RoleRules::replicate),
            row(
                    17,
                    FoundShard.class,
                    (r, out) -> out.id(r.node()),
                    in -> new FoundShard(in.id()),
                    RoleRules::foundShard),
            row(
                    18,
                    Failover.class,
                    (r, out) -> out.id(r.oldPrimary())
                            .i64(r.oldEpoch())
                            .id(r.newPrimary())
                            .choice(r.cause())
                            .bool(r.oldFailed())
                            .i64(r.nowMs()),
                    in -> new Failover(in.id(), in.u63(), in.id(), in.oneOf(Cause.values()), in.bool(), in.u63()),
                    RoleRules::failover),
            row(
                    19,
                    CancelFailover.class,
                    (r, out) -> out.id(r.primary()).i64(r.epoch()),
                    in -> new CancelFailover(in.id(), in.u63()),
                    RoleRules::cancelFailover),
            row(
                    20,
                    MarkFailed.class,
                    (r, out) -> out.id(r.id()).i64(r.nowMs()),
                    in -> new MarkFailed(in.id(), in.u63()),
                    RoleRules::markFailed),
            row(
                    21,
                    MarkRecovered.class,
                    (r, out) -> out.id(r.id()),
                    in -> new MarkRecovered(in.id()),
                    RoleRules::markRecovered),
            row(
                    22,
                    History.class,
                    (r, out) -> out.id(r.id()).text(r.replId()).i64(r.replOffset()),
                    in -> new History(in.id(), in.text(), in.i64()),
                    RoleRules::history),
            row(
                    23,
                    InSync.class,
                    (r, out) -> out.id(r.primary()).i64(r.epoch()).ids(r.replicas()),
                    in -> new InSync(in.id(), in.u63(), in.ids()),
                    RoleRules::inSync),
            row(
                    24,
                    SetConfigEpoch.class,
                    (r, out) -> out.id(r.node()).i64(r.epoch()),
                    in -> new SetConfigEpoch(in.id(), in.u63()),
                    RoleRules::setConfigEpoch),
            row(25, BumpEpoch.class, (r, out) -> out.id(r.node()), in -> new BumpEpoch(in.id()), RoleRules::bumpEpoch),
            row(
                    26,
                    SetPlacement.class,
                    (r, out) -> out.choice(r.mode()),
                    in -> new SetPlacement(in.oneOf(PlacementMode.values())),
                    SlotRules::setPlacement),
            row(
                    27,
                    SetReplicas.class,
                    (r, out) -> out.u16(r.replicas()),
                    in -> new SetReplicas(in.u16()),
                    RoleRules::setReplicas),
            row(
                    28,
                    SetReplicaAcks.class,
                    (r, out) -> out.u16(r.replicaAcks()),
                    in -> new SetReplicaAcks(in.u16()),
                    RoleRules::setReplicaAcks));

    private static final Map<Class<?>, Row<?>> BY_TYPE = new HashMap<>();
    private static final Row<?>[] BY_NUMBER = new Row<?>[256];

    static {
        for (Row<?> row : TABLE) {
            if (BY_TYPE.put(row.type(), row) != null || BY_NUMBER[row.number()] != null) {
                throw new IllegalStateException("record type: " + row.number() + " twice (expected: once)");
            }
            BY_NUMBER[row.number()] = row;
        }
    }

    private RecordTypes() {}

    static byte[] encode(ClusterRecord record) {
        Row<?> row = BY_TYPE.get(record.getClass());
        WireWriter out = new WireWriter().u8(VERSION).u8(row.number());
        row.write(record, out);
        return out.toBytes();
    }

    static ClusterRecord decode(byte[] bytes) {
        if (bytes.length > ClusterRecord.MAX_BYTES) {
            throw new MalformedRecord(
                    "record: " + bytes.length + " bytes (expected: at most " + ClusterRecord.MAX_BYTES + ")");
        }
        WireReader in = new WireReader(bytes);
        in.version(VERSION);
        int number = in.u8();
        Row<?> row = BY_NUMBER[number];
        if (row == null) {
            throw in.malformed("record type: " + number + " (expected: a known one)");
        }
        ClusterRecord record = row.read().apply(in);
        in.end();
        return record;
    }

    static ClusterAnswer apply(ClusterState state, ClusterRecord record) {
        return BY_TYPE.get(record.getClass()).apply(state, record);
    }

    /** How many types there are: a test makes one of each. */
    static int count() {
        return TABLE.size();
    }

    private static <R extends ClusterRecord> Row<R> row(
            int number,
            Class<R> type,
            BiConsumer<R, WireWriter> write,
            Function<WireReader, R> read,
            BiFunction<ClusterState, R, ClusterAnswer> rule) {
        return new Row<>(number, type, write, read, rule);
    }
}
