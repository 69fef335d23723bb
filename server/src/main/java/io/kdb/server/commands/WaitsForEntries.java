package io.kdb.server.commands;

import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.CommandError;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.dispatch.Waiting;
import io.kdb.server.store.StreamGroup;
import io.kdb.server.store.StreamId;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;
import java.util.Arrays;

/** What XREAD and XREADGROUP wait for: an entry after one's own, or after the one the group got last. Immutable. */
final class WaitsForEntries implements Waiting {
    private static final CommandError NO_KEY = new CommandError("UNBLOCKED the stream key no longer exists");
    private static final CommandError NO_GROUP =
            new CommandError("NOGROUP the consumer group this client was blocked on no longer exists");

    /** Entries that one is given at most who did not say how many, and had to wait. */
    private static final long DEFAULT_COUNT = 1000;

    private final ReadOptions options;
    private final byte[][] keys;
    private final StreamId[] after;
    private final byte[] groupName;

    WaitsForEntries(Call call, ReadOptions options, StreamId[] after) {
        this.options = options;
        this.after = after;
        keys = new byte[after.length][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = call.args().copy(options.keyArg(i));
        }
        groupName = options.isGroup ? call.args().copy(options.groupArg) : null;
    }

    @Override
    public int type() {
        return ValueType.STREAM;
    }

    /** The first of the keys that is this one. */
    private int index(KeyCursor key) {
        byte[] name = key.key();
        int i = 0;
        while (!Arrays.equals(keys[i], name)) {
            i++;
        }
        return i;
    }

    @Override
    public boolean isServable(KeyCursor key) {
        if (!Waiting.super.isServable(key)) {
            return false;
        }
        StreamValue stream = key.stream();
        StreamId last = stream.view().lastId(new StreamId());
        if (groupName == null) {
            return last.compareTo(after[index(key)]) > 0;
        }
        StreamGroup group = stream.group();
        return !group.find(groupName, 0, groupName.length) || last.compareTo(group.lastId(new StreamId())) > 0;
    }

    @Override
    public void serve(Call call, KeyCursor key) {
        if (groupName != null && !key.stream().group().find(groupName, 0, groupName.length)) {
            throw NO_GROUP;
        }
        if (call.reply().resp3()) {
            call.reply().map(1);
        } else {
            call.reply().array(1);
        }
        int i = index(key);
        long count = options.count == 0 ? DEFAULT_COUNT : options.count;
        StreamReadCommands.serve(call, options, key, i, after[i], count);
    }

    @Override
    public CommandError gone() {
        return groupName == null ? null : NO_KEY;
    }
}
