package io.kdb.cluster.control;

import java.util.List;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The engine's settings; why each is as it is stands in the design's notes on consensus. A pure function. */
final class RatisProperties {
    private RatisProperties() {}

    static RaftProperties of(ControlDirectory directory, Timing timing) {
        RaftProperties p = new RaftProperties();
        p.set("raft.rpc.type", BusRpcType.class.getName());
        RaftServerConfigKeys.setStorageDir(p, List.of(directory.raft().toFile()));
        RaftServerConfigKeys.setRemovedGroupsDir(p, directory.removed().toFile());
        // A process stopped for long must not close itself for good when it wakes up.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.ONE_DAY);

        RaftServerConfigKeys.Rpc.setTimeoutMin(p, ms(timing.electionMinMs()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, ms(timing.electionMaxMs()));
        // The first election of a group need not wait for a leader that never was.
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, ms(Math.min(150, timing.electionMinMs())));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, ms(Math.min(300, timing.electionMaxMs())));
        RaftServerConfigKeys.Rpc.setRequestTimeout(p, ms(callLimitMs(timing)));
        // A leader whose process stood still for longer steps down, and an election may take longer than a lease: not
        // before
        // the followers would begin one.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, ms(Math.max(500, timing.electionMinMs())));

        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("4KB"));
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf("1MB"));
        SizeInBytes entry = SizeInBytes.valueOf(RatisLimits.MAX_ENTRY_BYTES);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, entry);
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(RatisLimits.MAX_ENTRY_BYTES + (64 << 10)));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf("2MB"));
        RaftServerConfigKeys.Log.setQueueByteLimit(p, SizeInBytes.valueOf(RatisLimits.MAX_ENTRY_BYTES + (64 << 10)));
        RaftServerConfigKeys.Log.setQueueElementLimit(p, 256);
        RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(2L * RatisLimits.MAX_ENTRY_BYTES));
        RaftServerConfigKeys.Write.setElementLimit(p, 256);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgeGap(p, 100);

        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, 1000);
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 100);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
        RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(p, false);

        RaftServerConfigKeys.ThreadPool.setProxySize(p, 2);
        p.setInt("raft.server.threadpool.async.request.thread.pool.size", 2);
        return p;
    }

    /** Limit of one call between members. */
    static long callLimitMs(Timing timing) {
        return Math.max(500, Math.min(timing.electionMaxMs(), 3000));
    }

    private static TimeDuration ms(long ms) {
        return TimeDuration.valueOf(ms, java.util.concurrent.TimeUnit.MILLISECONDS);
    }
}
