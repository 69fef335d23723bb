package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.log.Effects;
import io.kdb.server.store.HashValue;
import java.util.Arrays;

/**
 * What a command does to fields that it names: which got an expiry, lost it or were removed; then said once, as events and in the
 * log. Owner: the running call.
 */
final class FieldChanges {
    private final Call call;
    private final KeyCursor key;
    private final HashValue hash;
    private int[] changed = new int[4];
    private int changedCount;
    private int[] removed = new int[4];
    private int removedCount;

    FieldChanges(Call call, KeyCursor key) {
        this.call = call;
        this.key = key;
        this.hash = key.exists() ? key.hash() : null;
    }

    /** The hash, standing on the field of this argument; null when there is no such field. */
    HashValue find(int arg) {
        return hash != null && !isEmptied() && FieldExpiry.find(call, key, hash, arg) ? hash : null;
    }

    private boolean isEmptied() {
        return !key.exists() || removedCount > 0 && hash.isEmpty();
    }

    void expireAt(int arg, long atMs) {
        hash.expireAt(atMs);
        changed = with(changed, changedCount++, arg);
    }

    /** False when it has no expiry. */
    boolean persist(int arg) {
        if (!hash.persist()) {
            return false;
        }
        changed = with(changed, changedCount++, arg);
        return true;
    }

    void remove(int arg) {
        Arguments args = call.args();
        hash.find(args.array(arg), args.offset(arg), args.length(arg));
        hash.remove();
        removed = with(removed, removedCount++, arg);
    }

    private static int[] with(int[] list, int count, int value) {
        int[] grown = count == list.length ? Arrays.copyOf(list, 2 * count) : list;
        grown[count] = value;
        return grown;
    }

    /**
     * Says what was done, if anything: expiries set to {@code atMs}, or taken away when that is {@link HashValue#NO_EXPIRY};
     * fields removed. {@code isLogged}: the caller has logged the former.
     */
    void finish(long atMs, boolean isLogged) {
        if (changedCount + removedCount == 0) {
            return;
        }
        key.changed();
        call.changed(changedCount + removedCount - 1);
        boolean persisted = atMs == HashValue.NO_EXPIRY;
        if (changedCount > 0) {
            key.event(KeyspaceEvents.HASH, persisted ? "hpersist" : "hexpire");
            if (!isLogged) {
                HashExpiryCommands.log(
                        call, persisted ? Words.HPERSIST : Words.HPEXPIREAT, atMs, changed, changedCount);
            }
        }
        if (removedCount > 0) {
            Effects effect =
                    call.startEffect(2 + removedCount).argument(Words.HDEL).argument(call.args(), 1);
            for (int i = 0; i < removedCount; i++) {
                effect.argument(call.args(), removed[i]);
            }
            key.event(KeyspaceEvents.HASH, "hdel");
            if (hash.isEmpty()) {
                key.delete();
                key.event(KeyspaceEvents.GENERIC, "del");
            }
        }
    }
}
