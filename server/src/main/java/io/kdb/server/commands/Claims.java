package io.kdb.server.commands;

import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import java.util.ArrayList;
import java.util.List;

/** What XCLAIM and XAUTOCLAIM have given to a consumer, and what they found deleted. Owner: one command. */
final class Claims {
    private static final int KEY_ARG = 1;
    private static final int GROUP_ARG = 2;
    private static final int CONSUMER_ARG = 3;

    private final Call call;
    private final KeyCursor key;
    private final StreamGroup group;
    private final List<StreamId> claimed = new ArrayList<>();
    private final List<StreamId> deleted = new ArrayList<>();
    private long consumer;
    private boolean changed;

    Claims(Call call, KeyCursor key, StreamGroup group) {
        this.call = call;
        this.key = key;
        this.group = group;
    }

    /** Makes the entry pending for the consumer, who is made if need be. */
    void claim(StreamId id, long deliveredMs, long deliveries) {
        boolean made = consumer == 0 && findConsumer();
        try {
            group.setPending(id, consumer, deliveredMs, deliveries);
        } catch (StoreFull full) {
            if (made) {
                GroupReading.logConsumer(call, KEY_ARG, GROUP_ARG);
            }
            throw full;
        }
        change();
        GroupReading.logClaim(call, KEY_ARG, GROUP_ARG, group);
        claimed.add(new StreamId(id.ms(), id.seq()));
    }

    /** Finds the consumer; true when it had to be made. */
    private boolean findConsumer() {
        consumer = StreamGroupCommands.consumer(call.args(), CONSUMER_ARG, group);
        if (consumer != 0) {
            group.seenMs(consumer, call.nowMs());
            return false;
        }
        consumer = StreamGroupCommands.createConsumer(call, key, group, CONSUMER_ARG);
        return true;
    }

    /** An entry that was found pending is not in the stream any more: it is no longer pending. */
    void dropDeleted(StreamId id) {
        group.removePending(id);
        change();
        GroupReading.logClaim(call, KEY_ARG, GROUP_ARG, group); // as it was
        deleted.add(new StreamId(id.ms(), id.seq()));
    }

    private void change() {
        key.changedUnwatched();
        if (changed) {
            call.changed(1);
        }
        changed = true;
    }

    /** Replies with the claimed entries, or their IDs. */
    void reply(StreamValue stream, boolean justId) {
        call.reply().array(claimed.size());
        for (StreamId id : claimed) {
            if (justId) {
                id.reply(call.reply());
            } else {
                boolean found = GroupReading.replyEntry(call, stream, id);
                assert found : "entry: " + id + " is missing";
            }
        }
    }

    /** Replies with the IDs of what was found deleted. */
    void replyDeleted() {
        call.reply().array(deleted.size());
        for (StreamId id : deleted) {
            id.reply(call.reply());
        }
    }
}
