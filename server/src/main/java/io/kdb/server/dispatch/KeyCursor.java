package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.log.Effects;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.RecordHolder;
import io.kdb.server.store.Segment;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;

/**
 * A command's view of one key: its lookup, its value of any type, its expiry, and its removal. Owner: the running {@link
 * Call}; the key's segment is held. It is repointed by the next call of the same {@code Call} method.
 *
 * <p>Every change marks the key as modified for WATCH and counts one change per positioning for the log.
 */
public final class KeyCursor extends KeyString implements RecordHolder {
    private static final byte[] HDEL = {'H', 'D', 'E', 'L'};

    private boolean madeHere; // a collection, by this cursor, which must not stay empty
    private HashValue hashValue;
    private SetValue setValue;
    private ListValue listValue;
    private SortedSetValue sortedSetValue;
    private StreamValue streamValue;

    KeyCursor(Call call) {
        super(call);
    }

    /** Points at the key of argument {@code arg} in database {@code newDb}; not looked up yet. */
    KeyCursor at(int newDb, int arg) {
        Arguments args = call.args();
        return at(newDb, args.array(arg), args.offset(arg), args.length(arg), call.hashOf(args, arg));
    }

    /** Points at that key; not looked up yet. */
    KeyCursor at(KeyName name) {
        byte[] bytes = name.array();
        int from = name.offset();
        int size = name.length();
        return at(name.db(), bytes, from, size, KeyHash.hash(bytes, from, size));
    }

    KeyCursor at(int newDb, byte[] bytes, int from, int size, long keyHash) {
        madeHere = false;
        place(newDb, bytes, from, size, keyHash);
        return this;
    }

    // ---- lookups
    // ---------------------------------------------------------------------------------------------------------

    /** For reading: counts a hit or a miss, notes the access; an expired key is absent (and deleted on a primary). */
    public KeyCursor lookupRead() {
        find();
        if (ref == 0) {
            missed();
        } else {
            call.dispatcher().hit();
            if (!call.session().noTouch()) {
                table.accessed(ref);
            }
        }
        return this;
    }

    /** For changing: notes the access; an expired key is deleted and absent. */
    public KeyCursor lookupWrite() {
        find();
        if (ref != 0 && !call.session().noTouch()) {
            table.accessed(ref);
        }
        return this;
    }

    /** For a look at what surrounds the value: counts a hit or a miss, but notes no access. */
    public KeyCursor lookupGlance() {
        find();
        if (ref == 0) {
            missed();
        } else {
            call.dispatcher().hit();
        }
        return this;
    }

    /** As {@link #lookupGlance}, but a miss is no event (OBJECT). */
    public KeyCursor lookupSilently() {
        find();
        if (ref == 0) {
            call.dispatcher().miss();
        } else {
            call.dispatcher().hit();
        }
        return this;
    }

    private void missed() {
        event(KeyspaceEvents.KEY_MISS, "keymiss");
        call.dispatcher().miss();
    }

    /** Without statistics or access time. */
    public KeyCursor lookupPeek() {
        find();
        return this;
    }

    /** @throws CommandError WRONGTYPE when the key exists and holds something else than a string */
    public KeyCursor requireString() {
        if (ref != 0 && table.type(ref) != ValueType.STRING) {
            throw Errors.WRONG_TYPE;
        }
        return this;
    }

    /** @throws CommandError WRONGTYPE when the key exists and holds something else; {@code type} is a {@link ValueType} */
    public KeyCursor requireType(int type) {
        if (ref != 0 && table.type(ref) != type) {
            throw Errors.WRONG_TYPE;
        }
        return this;
    }

    // ---- the record
    // ------------------------------------------------------------------------------------------------------

    /** Redis' name of the type, {@code none} when absent. */
    public String typeName() {
        return ref == 0 ? "none" : ValueNames.type(table.type(ref));
    }

    /** Redis' name of the encoding. */
    public String encodingName() {
        return ValueNames.encoding(table.encoding(ref));
    }

    public int encoding() {
        return table.encoding(ref);
    }

    /** Says that the value, just written, is kept otherwise than SET would keep it. */
    public void encoding(int encoding) {
        table.setEncoding(ref, encoding);
    }

    /** Milliseconds since 1970, or {@link #NO_EXPIRY}. */
    public long expireAt() {
        return table.expireAt(ref);
    }

    /** Sets the expiry, or removes it ({@link #NO_EXPIRY}). */
    public void expireAt(long atMs) {
        ref = table.setExpire(ref, atMs);
        modified();
    }

    /** The 24 access bits; see {@link io.kdb.server.store.AccessClock}. */
    public int accessBits() {
        return table.lru(ref);
    }

    public void accessBits(int bits) {
        table.setLru(ref, bits);
    }

    public long memoryBytes() {
        return table.memoryBytes(ref);
    }

    /** Removes the key; it must exist. */
    public void delete() {
        deleteRecord();
        ref = 0;
        modified();
    }

    /**
     * Removes the key, not looked up yet, because what is to take its place is empty; says so when it was there. As in Redis
     * a key past its time is deleted, not expired.
     */
    public void replaceByNothing() {
        ref = table.find(array, offset, length, hash);
        if (ref != 0) {
            delete();
            event(KeyspaceEvents.GENERIC, "del");
        }
    }

    /** Makes this key a copy of {@code source}'s record (its segment is held too), with the given expiry. */
    public void copyFrom(KeyCursor source, long expireAt) {
        ref = table.copyFrom(source.table, source.ref, ref, array, offset, length, hash, expireAt);
        modified();
        created();
        ready();
    }

    /** {@code source} gets this key's name, with its expiry and access bits: one change (its segment is held too). */
    public void moveFrom(KeyCursor source) {
        ref = table.moveFrom(source.table, source.ref, ref, array, offset, length, hash, source.expireAt());
        created();
        source.counted = true;
        source.delete();
        modified();
        ready();
    }

    @Override
    public void recordMoved(long now) {
        ref = now;
    }

    // ---- expiry
    // ----------------------------------------------------------------------------------------------------------

    /**
     * Removes the field that the hash stands on, which is past its time, and the key with its last field; logged as such, not
     * as what the command does. Only where {@link Call#mayExpire}.
     */
    public void expireField(HashValue expired) {
        byte[] field = expired.field().copy();
        expired.remove();
        Node node = call.node();
        Effects effects = call.dispatcher().effects();
        if (effects.wanted()) {
            effects.start(db, slot, 3)
                    .argument(HDEL)
                    .argument(array, offset, length)
                    .argument(field);
        }
        node.persistence().changed(1);
        event(KeyspaceEvents.HASH, "hexpired");
        if (expired.isEmpty()) {
            deleteRecord();
            ref = 0;
            event(KeyspaceEvents.GENERIC, "del");
        } else if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, name());
        }
        invalidate();
    }

    /** Deletes the key if it is past its time, as a piece of the log of its own; no segment is held, or all are. */
    void expireInItsLock(int itsDb, byte[] name) {
        Keyspace keyspace = call.node().keyspace();
        long itsHash = KeyHash.hash(name);
        Segment held = keyspace.segment(keyspace.isCluster() ? Slot.of(name, 0, name.length) : -1, itsHash);
        boolean locked = held.enter();
        try {
            at(itsDb, name, 0, name.length, itsHash).find();
            if (!call.dispatcher().inExec()) {
                call.dispatcher().effects().commit();
                call.dispatcher().effects().begin();
            }
        } finally {
            if (locked) {
                held.unlock();
            }
        }
    }

    /** Whether a watched key has a record that is past its time; takes the segment itself when {@code lock}. */
    boolean isExpired(KeyName key, int itsSegment, boolean lock) {
        byte[] bytes = key.bytes();
        Keyspace keyspace = call.node().keyspace();
        boolean locked = lock && keyspace.segment(itsSegment).enter();
        try {
            return at(key.db(), bytes, 0, bytes.length, KeyHash.hash(bytes)).isExpiredRecord();
        } finally {
            if (locked) {
                keyspace.segment(itsSegment).unlock();
            }
        }
    }

    // ---- collections
    // -----------------------------------------------------------------------------------------------------

    /** The hash, at this key: an empty one is made when it is absent. Good until the cursor goes elsewhere. */
    public HashValue hash() {
        if (hashValue == null) {
            hashValue = touched(new HashValue());
        }
        return open(hashValue);
    }

    /** As {@link #hash}. */
    public SetValue set() {
        if (setValue == null) {
            setValue = touched(new SetValue());
        }
        return open(setValue);
    }

    /** As {@link #hash}. */
    public ListValue list() {
        if (listValue == null) {
            listValue = new ListValue();
        }
        return open(listValue);
    }

    /** As {@link #hash}. */
    public SortedSetValue sortedSet() {
        if (sortedSetValue == null) {
            sortedSetValue = touched(new SortedSetValue());
        }
        return open(sortedSetValue);
    }

    /** As {@link #hash}. */
    public StreamValue stream() {
        if (streamValue == null) {
            streamValue = new StreamValue();
        }
        return open(streamValue);
    }

    private <V extends CollectionValue> V touched(V value) {
        value.touched(call.dispatcher().touchedElements());
        return value;
    }

    /**
     * Positions a flyweight at this key, whose type has been checked; where there is no key, an empty collection is made.
     * The command that leaves it empty need not delete it: that is done behind every command.
     */
    public <V extends CollectionValue> V open(V value) {
        if (ref == 0) {
            return replaceBy(value, NO_EXPIRY);
        }
        value.open(table, ref, hash, this);
        return value;
    }

    /** Makes the key, whatever it holds, an empty collection, and positions the flyweight at it. */
    public <V extends CollectionValue> V replaceBy(V value, long expireAt) {
        boolean isNew = ref == 0;
        make(value, expireAt);
        if (isNew) {
            created();
        }
        return value;
    }

    private void make(CollectionValue value, long expireAt) {
        madeHere = true;
        call.madeCollection();
        value.create(table, ref, array, offset, length, hash, expireAt, this);
    }

    /** As {@link #open}, but who calls says {@link #created}, where Redis makes the key later. */
    public <V extends CollectionValue> V openSilently(V value) {
        if (ref == 0) {
            make(value, NO_EXPIRY);
        } else {
            value.open(table, ref, hash, this);
        }
        return value;
    }

    /** Makes an empty collection for this key that nobody sees yet; {@link #attach} gives it the key. */
    public void createDetached(CollectionValue value, long expireAt) {
        value.createDetached(table, array, offset, length, hash, expireAt);
    }

    /** Makes a detached collection the key's value, whatever it held. */
    public void attach(CollectionValue value) {
        boolean isNew = ref == 0;
        value.attach(ref, this);
        modified();
        if (isNew) {
            created();
        }
    }

    /** Deletes a collection that this cursor made and that is still empty. */
    void dropEmpty() {
        if (madeHere && ref != 0 && table.type(ref) != ValueType.STRING) {
            madeHere = false;
            CollectionValue value =
                    switch (table.type(ref)) {
                        case ValueType.HASH -> hash();
                        case ValueType.SET -> set();
                        case ValueType.LIST -> list();
                        case ValueType.ZSET -> sortedSet();
                        default -> stream();
                    };
            // XGROUP CREATE makes a stream that is empty, and says so by changed()
            if (value.isEmpty() && !(counted && value.type() == ValueType.STREAM)) {
                deleteRecord();
                ref = 0;
            }
        }
    }
}
