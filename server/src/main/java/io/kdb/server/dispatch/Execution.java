package io.kdb.server.dispatch;

import io.kdb.resp.Arguments;
import io.kdb.server.log.Effects;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.Tallies;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one command that has passed every gate: takes the locks of its keys, or the keyspace, runs its function, serves who
 * waits for what it changed, logs its effects and counts it. Owner: the dispatcher's thread.
 */
final class Execution {
    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

    private final Node node;
    private final Call call;
    private final KeyPositions keys;
    private final Presence presence;
    private final SegmentLocks locks;
    private final Effects effects;
    private final Serving serving;
    private final CommandUsage usage;
    private final CommandTimer timer;
    private final HeapLoan heap;

    private Tallies.Tally changes;
    private boolean inExec;
    private CommandError erred;
    private boolean lackedMemory;

    Execution(Dispatcher dispatcher, Node node, Presence presence, KeyPositions keys, Effects effects) {
        this.node = node;
        this.presence = presence;
        this.keys = keys;
        this.effects = effects;
        this.call = new Call(dispatcher, node);
        this.heap = dispatcher.heap();
        this.locks = new SegmentLocks(node.keyspace());
        this.serving = new Serving(dispatcher, node);
        this.usage = new CommandUsage(node.commands().idCount());
        this.timer = new CommandTimer(node, usage);
    }

    Call call() {
        return call;
    }

    Serving serving() {
        return serving;
    }

    CommandUsage usage() {
        return usage;
    }

    CommandTimer timer() {
        return timer;
    }

    KeyPositions keys() {
        return keys;
    }

    SegmentLocks locks() {
        return locks;
    }

    boolean inExec() {
        return inExec;
    }

    void inExec(boolean yes) {
        inExec = yes;
    }

    /** The error of the last command that had one, since {@link #forgetError}; or null. */
    CommandError error() {
        return erred;
    }

    void forgetError() {
        erred = null;
        lackedMemory = false;
    }

    /** Whether a command has been refused for want of memory since {@link #forgetError}, the last one or another. */
    boolean lackedMemory() {
        return lackedMemory;
    }

    void replyError(Session session, CommandError error) {
        erred = error;
        node.stats().countError(error.line());
        session.reply().error(error.line());
    }

    void exclusively(Runnable section) {
        presence.exclusively(section);
    }

    // ---- a command, in or out of a transaction ------------------------------------------------------------------

    /** Runs the command that {@link #call} holds, in its locks or in an exclusive section, and logs its effects. */
    void run(CommandSpec spec) {
        timer.ranAlone(call, spec, runAndServe(spec));
    }

    /** As {@link #run}, for a command of a pipeline: it may share a reading of the clock with others. */
    void runInPipeline(CommandSpec spec) {
        timer.ran(call, spec, runAndServe(spec));
    }

    /** Answers whether it failed. */
    private boolean runAndServe(CommandSpec spec) {
        boolean failed = false;
        boolean before = heap.inCommand(true);
        try {
            if (spec == node.execSpec()) {
                Transactions.exec(this, call);
            } else if (spec.runsAlone(call.args())) {
                presence.exclusively(() -> runAndLog(spec));
            } else {
                runLocked(spec, true);
            }
        } catch (CommandError error) {
            failed = true;
            replyError(call.session(), error);
        } catch (StoreFull full) {
            failed = true;
            refuse(call.session());
        } catch (OutOfMemoryError error) {
            // Nothing counted what it wanted; by now it is garbage, so the node goes on.
            failed = true;
            refuse(call.session());
            LOG.error("{}: refused, the heap has no room for it", spec.name(), error);
        } finally {
            heap.inCommand(before);
        }
        if (serving.owes()) {
            serving.pay();
        }
        return failed;
    }

    /** Runs one queued command of an EXEC: its effects belong to the piece the EXEC began. */
    void runQueued(Session session, CommandSpec spec, Arguments args, long nowMs, boolean lockEach) {
        heap.inCommand(true);
        call.start(session, spec, args, nowMs);
        call.keyHash(0, 0);
        session.active(spec, nowMs);
        boolean failed = false;
        try {
            if (lockEach) {
                runLocked(spec, false);
            } else {
                runIn(spec, false);
            }
        } catch (CommandError error) {
            failed = true;
            replyError(session, error);
        } catch (StoreFull full) {
            failed = true;
            refuse(session);
        }
        timer.ranAlone(call, spec, failed);
    }

    private void refuse(Session session) {
        lackedMemory = true;
        heap.inCommand(false);
        call.takeBackReply();
        replyError(session, Errors.OUT_OF_MEMORY);
    }

    private void runIn(CommandSpec spec, boolean logs) {
        if (logs) {
            runAndLog(spec);
        } else {
            runFunction(spec);
            propagate();
        }
    }

    private void runFunction(CommandSpec spec) {
        try {
            spec.function().run(call);
        } catch (StoreFull full) {
            propagatePart();
            throw full;
        } finally {
            call.dropEmptyCollections();
            if (call.session().tracking() != null && spec.has(CommandFlag.READONLY)) {
                keys.collect(spec, call.args());
                node.tracking().read(call, call.session(), call.args(), keys);
            }
        }
    }

    // ---- locks --------------------------------------------------------------------------------------------------

    /** Takes the segments of the command's keys, if it has any, and runs it. */
    private void runLocked(CommandSpec spec, boolean logs) {
        if (spec.onlyKey != 0) {
            int segment = call.onlyKeySegment();
            lockOne(segment);
            try {
                runIn(spec, logs);
            } finally {
                locks.unlockOne(segment);
            }
        } else if (!spec.keySpecs().isEmpty() && !spec.has(CommandFlag.OWN_LOCKS)) {
            locks.begin();
            // Positions that cannot be told are the command's own error; it then reaches no key.
            addLocks(spec, call.args());
            lockAll();
            try {
                runIn(spec, logs);
            } finally {
                locks.unlockAll();
            }
        } else {
            runIn(spec, logs);
        }
    }

    /** Marks the segments of a command's keys for {@link #lockAll}; none when their positions cannot be told. */
    void addLocks(CommandSpec spec, Arguments args) {
        if (keys.collect(spec, args)) {
            for (int i = 0; i < keys.count(); i++) {
                locks.add(call.segmentOf(args, keys.at(i)));
            }
        }
    }

    /** Takes the segment; clients to whom a key of it is owed are served before the command. */
    private void lockOne(int segment) {
        locks.lockOne(segment);
        while (node.blocking().isOwed(segment)) {
            locks.unlockOne(segment);
            serving.pay(segment);
            locks.lockOne(segment);
        }
    }

    /** As {@link #lockOne}, for all segments that are marked. */
    void lockAll() {
        locks.lockAll();
        if (node.blocking().isOwing()) {
            for (int s = locks.owedSegment(node.blocking()); s >= 0; s = locks.owedSegment(node.blocking())) {
                locks.pause();
                serving.pay(s);
                locks.lockAll();
            }
        }
    }

    // ---- effects ------------------------------------------------------------------------------------------------

    private void runAndLog(CommandSpec spec) {
        effects.begin();
        try {
            runFunction(spec);
            propagate();
        } finally {
            // What a failed command has done before it failed (an expired key deleted) is logged all the same.
            commitEffects();
        }
    }

    void beginEffects() {
        effects.begin();
    }

    /** Serves clients that wait for what was changed, then appends the piece; the locks are still held. */
    void commitEffects() {
        try {
            if (serving.isPending()) {
                serving.serve();
            }
        } finally {
            long offset = 0;
            if (effects.count() > 0) {
                offset = effects.commit();
                call.session().writtenOffset(offset);
            } else {
                effects.rollback();
            }
            serving.release(offset);
        }
    }

    /** Adds the command's own words to the effects unless it changed nothing or said them differently. */
    private void propagate() {
        long dirty = call.dirty();
        if (dirty > 0) {
            changed(dirty);
            if (!call.isRewritten() && effects.wanted()) {
                call.effectOf(call.args(), call.args().count());
            }
        }
    }

    private void changed(long count) {
        if (changes == null) {
            changes = node.persistence().tally(); // not before: it is plugged in later
        }
        changes.add(count);
    }

    /** As {@link #propagate}, for a command that ran out of memory: only of what it says that it has done. */
    private void propagatePart() {
        if (call.dirty() > 0) {
            changed(call.dirty());
            if (call.doneArguments() > 0 && !call.isRewritten() && effects.wanted()) {
                call.effectOf(call.args(), call.doneArguments());
            }
        }
    }
}
