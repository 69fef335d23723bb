package io.kdb.server.dispatch;

import io.kdb.cluster.topology.Slot;
import io.kdb.resp.Arguments;
import io.kdb.resp.Numbers;
import io.kdb.resp.ReplyWriter;
import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.store.CollectionValue;
import io.kdb.server.store.Encoding;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.KeyHash;
import io.kdb.server.store.KeyTable;
import io.kdb.server.store.Keyspace;
import io.kdb.server.store.ListValue;
import io.kdb.server.store.RecordHolder;
import io.kdb.server.store.Segment;
import io.kdb.server.store.SetValue;
import io.kdb.server.store.SortedSetValue;
import io.kdb.server.store.StoreFull;
import io.kdb.server.store.StreamValue;
import io.kdb.server.store.ValueType;

/**
 * A command's view of one key: where it lives, whether it exists, its value and expiry, and the ways to change it. Owner:
 * the running {@link Call}; the key's segment is held. It is repointed by the next call of the same {@code Call} method.
 *
 * <p>Every change marks the key as modified for WATCH and counts one change per positioning for the log.
 */
public final class KeyCursor implements RecordHolder {
    /** No expiry; see {@link #expireAt}. */
    public static final long NO_EXPIRY = KeyTable.NO_EXPIRY;

    /** For {@link #setString}: the key keeps the expiry it has. */
    public static final long KEEP_TTL = KeyTable.KEEP_TTL;

    private static final int NOTHING = -1;
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] HDEL = {'H', 'D', 'E', 'L'};

    private final Call call;
    private final KeyName probe = new KeyName();
    private final byte[] digits = new byte[Numbers.MAX_LONG_CHARS];

    private byte[] array;
    private int offset;
    private int length;
    private long hash;
    private int db;
    private int slot;
    private int segment;
    private KeyTable table;
    private long ref;
    private boolean counted;
    private boolean madeHere; // a collection, by this cursor, which must not stay empty
    private HashValue hashValue;
    private SetValue setValue;
    private ListValue listValue;
    private SortedSetValue sortedSetValue;
    private StreamValue streamValue;

    KeyCursor(Call call) {
        this.call = call;
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
        Keyspace keyspace = call.node().keyspace();
        array = bytes;
        offset = from;
        length = size;
        hash = keyHash;
        db = newDb;
        counted = false;
        madeHere = false;
        ref = 0;
        slot = keyspace.isCluster() ? Slot.of(bytes, from, size) : -1;
        segment = keyspace.segmentIndex(slot, hash);
        table = keyspace.table(newDb, slot, hash);
        return this;
    }

    // ---- lookups ----------------------------------------------------------------------------------------------

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

    private void find() {
        counted = false;
        ref = table.find(array, offset, length, hash);
        if (ref != 0 && table.isExpired(ref, call.nowMs()) && !call.session().isObeyed()) {
            expire();
        }
    }

    /** Past its time: a primary deletes it and logs so, a replica answers as if it were gone. */
    private void expire() {
        Node node = call.node();
        if (!node.isReplica() && !node.expiryIsPaused()) {
            deleteRecord();
            event(KeyspaceEvents.EXPIRED, "expired");
            invalidate();
            node.stats().expiredKeys.increment();
            logDeletion();
        }
        ref = 0;
    }

    /** Logs the removal of an expired or evicted key; it is not the command's own effect. */
    private void logDeletion() {
        io.kdb.server.log.Effects effects = call.dispatcher().effects();
        if (effects.wanted()) {
            effects.start(db, slot, 2).argument(DEL).argument(array, offset, length);
        }
        call.node().persistence().changed(1);
    }

    /**
     * Removes the field that the hash stands on, which is past its time, and the key with its last field; logged as such, not
     * as what the command does. Only where {@link Call#mayExpire}.
     */
    public void expireField(HashValue expired) {
        byte[] field = expired.field().copy();
        expired.remove();
        Node node = call.node();
        io.kdb.server.log.Effects effects = call.dispatcher().effects();
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

    public boolean exists() {
        return ref != 0;
    }

    /** True when a record is there but past its time; whatever the lookup before made of it. */
    boolean isExpiredRecord() {
        long found = table.find(array, offset, length, hash);
        return found != 0 && table.isExpired(found, call.nowMs());
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

    int segment() {
        return segment;
    }

    public int db() {
        return db;
    }

    KeyName name() {
        return probe.at(db, array, offset, length);
    }

    /** The key itself. */
    public byte[] key() {
        return java.util.Arrays.copyOfRange(array, offset, offset + length);
    }

    // ---- reading ----------------------------------------------------------------------------------------------

    /** One of {@link ValueType}. */
    public int type() {
        return table.type(ref);
    }

    /** Redis' name of the type, {@code none} when absent. */
    public String typeName() {
        return ref == 0 ? "none" : ValueNames.type(table.type(ref));
    }

    /** Redis' name of the encoding. */
    public String encodingName() {
        return ValueNames.encoding(table.encoding(ref));
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

    public boolean isString() {
        return ref != 0 && table.type(ref) == ValueType.STRING;
    }

    /** Bytes of the string, 0 when absent. */
    public int valueLength() {
        return ref == 0 ? 0 : (int) table.valueLength(ref);
    }

    public int encoding() {
        return table.encoding(ref);
    }

    /** Says that the value, just written, is kept otherwise than SET would keep it. */
    public void encoding(int encoding) {
        table.setEncoding(ref, encoding);
    }

    /** The whole value in an array of its own. */
    public byte[] value() {
        return table.value(ref);
    }

    /** Copies a range of the value, which must lie within it. */
    public void readValue(int from, byte[] target, int at, int count) {
        table.readValue(ref, from, target, at, count);
    }

    /** The string as a bulk reply. */
    public void replyValue(ReplyWriter reply) {
        if (table.isContiguous(ref)) {
            reply.bulk(table.valueArray(ref), table.valueOffset(ref), (int) table.valueLength(ref));
        } else {
            replyRange(reply, 0, (int) table.valueLength(ref));
        }
    }

    /** A range of the string, which must lie within it, as a bulk reply. */
    public void replyRange(ReplyWriter reply, int from, int count) {
        reply.bulkHeader(count);
        long position = from;
        int left = count;
        while (left > 0) {
            int run = Math.min(left, table.runLength(ref, position));
            reply.append(table.runArray(ref, position), table.runOffset(ref, position), run);
            position += run;
            left -= run;
        }
        reply.bulkEnd();
    }

    /** How many bytes lie together from this position on, in {@link #runArray} from {@link #runOffset} on. */
    public int runLength(int position) {
        return table.runLength(ref, position);
    }

    public byte[] runArray(int position) {
        return table.runArray(ref, position);
    }

    public int runOffset(int position) {
        return table.runOffset(ref, position);
    }

    /** The string as a 64-bit integer; 0 when absent. */
    public long integerValue(CommandError otherwise) {
        if (ref == 0) {
            return 0;
        }
        int size = valueLength();
        if (size > digits.length) {
            throw otherwise;
        }
        table.readValue(ref, 0, digits, 0, size);
        return ArgumentNumbers.parse(digits, 0, size, otherwise);
    }

    /** Milliseconds since 1970, or {@link #NO_EXPIRY}. */
    public long expireAt() {
        return table.expireAt(ref);
    }

    /** The 24 access bits; see {@link io.kdb.server.store.AccessClock}. */
    public int accessBits() {
        return table.lru(ref);
    }

    public long memoryBytes() {
        return table.memoryBytes(ref);
    }

    public KeyTable table() {
        return table;
    }

    /** The record's address, 0 when absent; void after any change. */
    public long ref() {
        return ref;
    }

    // ---- events -----------------------------------------------------------------------------------------------

    /**
     * Says that this happened to the key, whether it still exists or not, for {@code notify-keyspace-events}; where Redis
     * notifies, in the same order. One field read while nobody wants to know.
     *
     * @param eventClass one of {@link KeyspaceEvents}
     * @param event Redis' name of it
     */
    public void event(int eventClass, String event) {
        KeyEvents events = call.node().keyEvents();
        if (events.publishes(eventClass)) {
            events.publish(call.dispatcher(), eventClass, event, db, array, offset, length);
        }
    }

    /** Says that the key has come into being; a command that creates a value by itself says it before its own event. */
    public void created() {
        event(KeyspaceEvents.NEW, "new");
    }

    // ---- collections ------------------------------------------------------------------------------------------

    /** The hash, at this key: an empty one is made when it is absent. Good until the cursor goes elsewhere. */
    public HashValue hash() {
        hashValue = hashValue == null ? new HashValue() : hashValue;
        return open(hashValue);
    }

    /** As {@link #hash}. */
    public SetValue set() {
        setValue = setValue == null ? new SetValue() : setValue;
        return open(setValue);
    }

    /** As {@link #hash}. */
    public ListValue list() {
        listValue = listValue == null ? new ListValue() : listValue;
        return open(listValue);
    }

    /** As {@link #hash}. */
    public SortedSetValue sortedSet() {
        sortedSetValue = sortedSetValue == null ? new SortedSetValue() : sortedSetValue;
        return open(sortedSetValue);
    }

    /** As {@link #hash}. */
    public StreamValue stream() {
        streamValue = streamValue == null ? new StreamValue() : streamValue;
        return open(streamValue);
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

    @Override
    public void recordMoved(long now) {
        ref = now;
    }

    /** To be called once a collection at this key has been changed: for WATCH and the log. */
    public void changed() {
        modified();
    }

    /** As {@link #changed}, but WATCH does not see it: what Redis does to a stream's consumer groups. */
    public void changedUnwatched() {
        if (!counted) {
            counted = true;
            call.changed(1);
        }
        call.slot = slot;
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

    /** Tells those who cache the key. */
    private void invalidate() {
        Tracking tracking = call.node().tracking();
        if (tracking.isUsed()) {
            tracking.changed(call, segment, array, offset, length);
        }
    }

    // ---- changing ---------------------------------------------------------------------------------------------

    private void modified() {
        Node node = call.node();
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, name());
        }
        invalidate();
        if (!counted) {
            counted = true;
            call.changed(1);
        }
        call.slot = slot;
        if (!node.blocking().isEmpty(segment)) {
            signal(false);
        }
    }

    /**
     * Says that somebody may wait for what the key now holds; it is looked at after the command. Needed for streams only:
     * see {@link Waiting}.
     */
    public void ready() {
        if (!call.node().blocking().isEmpty(segment)) {
            signal(true);
        }
    }

    private void signal(boolean streams) {
        WaitedKey key = call.node().blocking().find(segment, name());
        if (key == null) {
            return;
        }
        int holds = ref == 0 ? NOTHING : table.type(ref);
        boolean mayServe = holds == ValueType.LIST || holds == ValueType.ZSET || holds == ValueType.STREAM && streams;
        if (mayServe || holds != ValueType.STREAM && key.goneListeners > 0) {
            call.dispatcher().serving().ready(key);
        }
    }

    /** SET with argument {@code arg}, in pieces or not. {@code expireAt}: ms, NO_EXPIRY or {@link KeyTable#KEEP_TTL}. */
    public void setString(Arguments args, int arg, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.putString(ref, array, offset, length, hash, args, arg, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to these bytes, encoded as SET does. */
    public void setString(byte[] value, int from, int count, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.putString(ref, array, offset, length, hash, value, from, count, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to a number, keeping the expiry. */
    public void setInteger(long value) {
        setString(digits, 0, Numbers.write(value, digits, 0), KeyTable.KEEP_TTL);
    }

    /** Gives the string another length, zeros behind the old end; creates it when absent. Its encoding becomes raw. */
    public void resizeString(int newLength) {
        boolean isNew = ref == 0;
        if (isNew) {
            ref = table.put(
                    ref, array, offset, length, hash, ValueType.STRING, Encoding.RAW, new byte[0], 0, 0, NO_EXPIRY);
        }
        try {
            ref = table.resize(ref, newLength);
        } catch (StoreFull full) {
            if (isNew) {
                table.delete(ref, hash);
                ref = 0;
            }
            throw full;
        }
        table.setEncoding(ref, Encoding.RAW);
        modified();
        if (isNew) {
            created();
        }
    }

    /** SET to a string of this length, whose bytes the caller then writes with {@link #writeRange}. Its encoding is raw. */
    public void reserveString(int newLength, long expireAt) {
        boolean isNew = ref == 0;
        ref = table.reserve(ref, array, offset, length, hash, ValueType.STRING, Encoding.RAW, newLength, expireAt);
        modified();
        if (isNew) {
            created();
        }
    }

    /** Overwrites a range, which must lie within the value. Its encoding becomes raw. */
    public void writeRange(int at, byte[] source, int from, int count) {
        ref = table.write(ref, at, source, from, count);
        table.setEncoding(ref, Encoding.RAW);
        modified();
    }

    /** Adds bytes to the string's end; the string exists. Its encoding becomes raw. */
    public void append(byte[] source, int from, int count) {
        ref = table.append(ref, source, from, count);
        table.setEncoding(ref, Encoding.RAW);
        modified();
    }

    /** Sets the expiry, or removes it ({@link #NO_EXPIRY}). */
    public void expireAt(long atMs) {
        ref = table.setExpire(ref, atMs);
        modified();
    }

    public void accessBits(int bits) {
        table.setLru(ref, bits);
    }

    /** Removes the key; it must exist. */
    public void delete() {
        deleteRecord();
        ref = 0;
        modified();
    }

    private void deleteRecord() {
        Node node = call.node();
        table.delete(ref, hash);
        if (!node.watches().isEmpty(segment)) {
            node.watches().touch(segment, name());
        }
        if (!node.blocking().isEmpty(segment)) {
            node.blocking().removed(segment, name());
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
}
