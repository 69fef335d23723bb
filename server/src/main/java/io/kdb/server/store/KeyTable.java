package io.kdb.server.store;

import io.kdb.resp.Arguments;
import java.util.Arrays;

/**
 * The keys of one slot (cluster mode), or of one segment's share of a database. Owner: the segment's lock; every public
 * method asserts it.
 *
 * <p>Writers answer the record's ref, which a write may change. A writer that needs memory throws {@link StoreFull} before
 * it has changed anything. While a snapshot has still to pass a key, its old record is set aside, never changed.
 */
public final class KeyTable extends CollectionTable {
    public static final long NO_EXPIRY = -1;
    /** For {@link #put}: the key keeps the expiry it has. */
    public static final long KEEP_TTL = -2;

    /** Where the expire cycle goes on. */
    int expireCursor;

    KeyTable(Segment segment, int index, int db) {
        super(segment, index, db);
    }

    boolean hasKey(long ref, byte[] key) {
        return keyEquals((int) ref, key, 0, key.length);
    }

    /** The key's record, expired or not, or 0. */
    public long find(byte[] key, int offset, int length, long hash) {
        assertHeld();
        return ref(lookup(key, offset, length, hash));
    }

    /** The hash at a key of this hash that has fields with an expiry, or 0. */
    long findFieldTtls(long hash) {
        assertHeld();
        return ref(lookup(hash, this::hasFieldTtls));
    }

    private boolean hasFieldTtls(int address) {
        long ref = ref(address);
        return type(ref) == ValueType.HASH && encoding(ref) >= Encoding.LISTPACK_EX;
    }

    /** Takes up a hash that has come to this key with fields that expire. */
    private void noteFieldTtls(int address, long hash) {
        if (hasFieldTtls(address)) {
            segment.fieldTtls.note(this, hash, 0);
        }
    }

    /** Notes an access, for LRU and LFU. */
    public void accessed(long ref) {
        assertHeld();
        AccessClock clock = segment.keyspace.clock();
        int bits = lru(ref);
        int now = clock.touched(bits, clock.lfu() ? segment.random() >>> 1 : 0);
        if (now != bits) {
            setLru(ref, now);
        }
    }

    /**
     * Writes a whole value.
     *
     * @param found what {@link #find} answered for this key
     * @param expireAt milliseconds, {@link #NO_EXPIRY} or {@link #KEEP_TTL}
     */
    public long put(
            long found,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            int type,
            int encoding,
            byte[] value,
            int valueOffset,
            int valueLength,
            long expireAt) {
        long ref = reserve(found, key, keyOffset, keyLength, hash, type, encoding, valueLength, expireAt);
        fill((int) ref, 0, value, valueOffset, valueLength);
        return ref;
    }

    /** {@link #put} of a string whose encoding is what SET would give it. */
    public long putString(
            long found,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            byte[] value,
            int valueOffset,
            int valueLength,
            long expireAt) {
        int encoding = Encoding.ofString(value, valueOffset, valueLength);
        return put(
                found,
                key,
                keyOffset,
                keyLength,
                hash,
                ValueType.STRING,
                encoding,
                value,
                valueOffset,
                valueLength,
                expireAt);
    }

    /** {@link #putString} of an argument, in pieces or not. */
    public long putString(
            long found,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            Arguments args,
            int argument,
            long expireAt) {
        byte[][] pieces = args.pieces(argument);
        if (pieces == null) {
            return putString(
                    found,
                    key,
                    keyOffset,
                    keyLength,
                    hash,
                    args.array(argument),
                    args.offset(argument),
                    args.length(argument),
                    expireAt);
        }
        int length = args.length(argument);
        long ref = reserve(found, key, keyOffset, keyLength, hash, ValueType.STRING, Encoding.RAW, length, expireAt);
        long position = 0;
        for (byte[] piece : pieces) {
            int n = (int) Math.min(piece.length, length - position);
            fill((int) ref, position, piece, 0, n);
            position += n;
        }
        return ref;
    }

    /** As {@link #put} with a value of undefined bytes, which the caller fills by {@link #write} under the same lock. */
    public long reserve(
            long found,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            int type,
            int encoding,
            long valueLength,
            long expireAt) {
        assertHeld();
        int old = (int) found;
        long expiry = expireAt != KEEP_TTL ? expireAt : old == 0 ? NO_EXPIRY : expireAt(found);
        boolean chainedKey = keyLength >= Layout.CHAINED_KEY_LENGTH;
        long flags = Layout.headerOfKey(keyLength)
                | (expiry == NO_EXPIRY ? 0 : Layout.EXPIRY)
                | (long) type << Layout.TYPE_SHIFT
                | (long) encoding << Layout.ENCODING_SHIFT;
        int start = Layout.keyStart(flags) + (chainedKey ? Chains.HANDLE_BYTES : keyLength);
        boolean chained = start + valueLength > BlockAllocator.MAX_BYTES;
        if (chained) {
            flags |= Layout.CHAINED;
        }
        int bytes = start + (chained ? Chains.HANDLE_BYTES : (int) valueLength);
        if (old != 0) {
            long header = header(old);
            if (((flags | header) & (Layout.CHAINED | Layout.CHAINED_KEY | Layout.TREE)) == 0
                    && bytes <= Layout.blockBytes(header)
                    && (segment.snapshots == 0 || (unpassed(hash) & ~marks(header)) == 0)) {
                overwrite(old, header, flags, bytes, key, keyOffset, keyLength, hash, expiry);
                return found;
            }
        }
        int address = make(flags, bytes, start, valueLength, key, keyOffset, keyLength, hash, expiry);
        link(old, address, hash);
        return ref(address);
    }

    /** A record that is not in the table yet. */
    private int make(
            long flags,
            int bytes,
            int start,
            long valueLength,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            long expiry) {
        int address = newRecord(flags, bytes, hash);
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        if (!writeKey(page, at, flags, key, keyOffset, keyLength)) {
            blocks.free(address);
            throw new StoreFull();
        }
        if ((flags & Layout.CHAINED) != 0 && !chains.create(page, at + start, valueLength)) {
            freeKey(page, at, flags);
            blocks.free(address);
            throw new StoreFull();
        }
        if (expiry != NO_EXPIRY) {
            Bytes.putLong(page, at + 8, expiry);
        }
        return address;
    }

    /** Puts a new record into the table, in an old one's place or not; it is freed when that fails. */
    private void link(int old, int address, long hash) {
        boolean expires = (header(address) & Layout.EXPIRY) != 0;
        if (old == 0) {
            if (!insert(address, hash, expires)) {
                freeRecord(address);
                throw new StoreFull();
            }
            segment.countKeys(this, 1, expires ? 1 : 0);
            expiring += expires ? 1 : 0;
        } else {
            if (segment.keyspace.clock().lfu()) {
                setLru(ref(address), lru(ref(old)));
            }
            exchange(old, address, hash);
        }
    }

    /** As {@link #reserve} of a value that lies together, for a record that is not in the table yet. */
    long reserveDetached(
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            int type,
            int encoding,
            int valueLength,
            long expireAt) {
        assertHeld();
        long flags = Layout.headerOfKey(keyLength)
                | (expireAt == NO_EXPIRY ? 0 : Layout.EXPIRY)
                | (long) type << Layout.TYPE_SHIFT
                | (long) encoding << Layout.ENCODING_SHIFT;
        boolean chainedKey = keyLength >= Layout.CHAINED_KEY_LENGTH;
        int start = Layout.keyStart(flags) + (chainedKey ? Chains.HANDLE_BYTES : keyLength);
        return ref(make(flags, start + valueLength, start, valueLength, key, keyOffset, keyLength, hash, expireAt));
    }

    /** Puts a record of {@link #reserveDetached} into the table, in place of {@code found} if that is not 0. */
    void attach(int found, int address, long hash) {
        assertHeld();
        // Snapshots that began since it was made do not contain it.
        setHeader(address, header(address) & ~Layout.MARKS | (long) unpassed(hash) << Layout.MARK_SHIFT);
        link(found, address, hash);
        noteFieldTtls(address, hash);
    }

    private void overwrite(
            int address,
            long header,
            long flags,
            int bytes,
            byte[] key,
            int keyOffset,
            int keyLength,
            long hash,
            long expiry) {
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long now = (header & (BlockAllocator.OWN_BITS | Layout.MARKS | Layout.LRU)) | flags;
        AccessClock clock = segment.keyspace.clock();
        if (!clock.lfu()) {
            now = (now & ~Layout.LRU) | ((long) clock.lruClock() << Layout.LRU_SHIFT);
        }
        int slack = Layout.blockBytes(header) - bytes;
        if (slack >= 32 && slack > bytes >> 2) {
            blocks.trim(address, BlockAllocator.granules(bytes));
            now = (now & ~BlockAllocator.OWN_BITS) | (header(address) & BlockAllocator.OWN_BITS);
            slack = Layout.blockBytes(now) - bytes;
        }
        if (expiry != NO_EXPIRY) {
            Bytes.putLong(page, at + 8, expiry);
        }
        if (((header ^ flags) & Layout.EXPIRY) != 0) {
            boolean moved = writeKey(page, at, now, key, keyOffset, keyLength);
            assert moved : "a key in the record needs no memory";
            expiryChanged(address, hash, expiry != NO_EXPIRY);
        }
        setHeader(address, Layout.withSlack(now, page, at, slack));
    }

    private void fill(int address, long position, byte[] source, int offset, int length) {
        long ref = ref(address);
        if (isContiguous(ref)) {
            System.arraycopy(source, offset, blocks.page(address), valueOffset(ref) + (int) position, length);
        } else if (!chains.write(blocks.page(address), valueOffset(ref), position, source, offset, length)) {
            throw new StoreFull();
        }
    }

    /** Gives the value another length: growth is zeros. Growing twice leaves room for the next time. */
    public long resize(long ref, long newLength) {
        assertHeld();
        long hash = hashOf((int) ref);
        int address = own((int) ref, hash);
        long length = valueLength(ref(address));
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        int start = valueStart(header, page, at);
        if ((header & Layout.CHAINED) != 0) {
            if (!chains.resize(page, at + start, newLength)) {
                throw new StoreFull();
            }
            if (newLength > length && !chains.zero(page, at + start, length, newLength)) {
                chains.resize(page, at + start, length);
                throw new StoreFull();
            }
            return ref(address);
        }
        if (start + newLength > BlockAllocator.MAX_BYTES) {
            return ref(toChain(address, hash, length, newLength));
        }
        int bytes = start + (int) newLength;
        if (bytes > Layout.blockBytes(header)) {
            int room = Math.min(BlockAllocator.MAX_BYTES, bytes + (int) newLength / 2);
            int granules = BlockAllocator.granules(room);
            if (blocks.extend(address, granules)) {
                header = Bytes.getLong(page, at);
            } else {
                int larger = cloneRecord(address, hash, granules);
                if (larger == 0) {
                    throw new StoreFull();
                }
                replace(address, hash, larger, (header & Layout.EXPIRY) != 0);
                blocks.free(address);
                address = larger;
                page = blocks.page(address);
                at = blocks.offset(address);
                header = Bytes.getLong(page, at);
            }
        }
        setHeader(address, Layout.withSlack(header, page, at, Layout.blockBytes(header) - bytes));
        if (newLength > length) {
            Arrays.fill(page, at + start + (int) length, at + bytes, (byte) 0);
        }
        return ref(address);
    }

    private int toChain(int address, long hash, long length, long newLength) {
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        int start = valueStart(header, page, at);
        long flags = (header & ~(BlockAllocator.OWN_BITS | Layout.SLACK | Layout.MARKS | Layout.LRU)) | Layout.CHAINED;
        int chain = newRecord(flags, start + Chains.HANDLE_BYTES, hash);
        byte[] chainPage = blocks.page(chain);
        int chainAt = blocks.offset(chain);
        System.arraycopy(page, at + 8, chainPage, chainAt + 8, start - 8);
        if (!chains.create(chainPage, chainAt + start, newLength)) {
            blocks.free(chain);
            throw new StoreFull();
        }
        setLru(ref(chain), lru(ref(address)));
        boolean written = chains.write(chainPage, chainAt + start, 0, page, at + start, (int) length)
                && chains.zero(chainPage, chainAt + start, length, newLength);
        assert written : "a new chain is not shared";
        replace(address, hash, chain, (header & Layout.EXPIRY) != 0);
        blocks.free(address);
        return chain;
    }

    /** Overwrites a range, which must lie within the value. */
    public long write(long ref, long position, byte[] source, int offset, int length) {
        assertHeld();
        assert position + length <= valueLength(ref) : "write: beyond the value";
        int address = segment.snapshots == 0 ? (int) ref : own((int) ref, hashOf((int) ref));
        fill(address, position, source, offset, length);
        return ref(address);
    }

    /** Makes this range of the value, as far as there is one, the record's own: then writing there needs no memory. */
    public long ownRange(long ref, long from, long to) {
        assertHeld();
        int address = own((int) ref, hashOf((int) ref));
        long owned = ref(address);
        if (!isContiguous(owned)
                && !chains.own(blocks.page(address), valueOffset(owned), from, Math.min(to, valueLength(owned)))) {
            throw new StoreFull();
        }
        return owned;
    }

    /** Adds bytes to the value's end. */
    public long append(long ref, byte[] source, int offset, int length) {
        long at = valueLength(ref);
        return write(resize(ref, at + length), at, source, offset, length);
    }

    public void setEncoding(long ref, int encoding) {
        assertHeld();
        setHeader(
                (int) ref,
                (header((int) ref) & ~(15L << Layout.ENCODING_SHIFT)) | ((long) encoding << Layout.ENCODING_SHIFT));
    }

    public void delete(long ref) {
        assertHeld();
        delete(ref, hashOf((int) ref));
    }

    public void delete(long ref, long hash) {
        assertHeld();
        int address = (int) ref;
        boolean expires = (header(address) & Layout.EXPIRY) != 0;
        remove(address, hash);
        expiring -= expires ? 1 : 0;
        segment.countKeys(this, -1, expires ? -1 : 0);
        dispose(address, hash);
    }

    /** Sets or removes ({@link #NO_EXPIRY}) the expiry. */
    public long setExpire(long ref, long expireAt) {
        assertHeld();
        long hash = hashOf((int) ref);
        int address = own((int) ref, hash);
        byte[] page = blocks.page(address);
        int at = blocks.offset(address);
        long header = Bytes.getLong(page, at);
        boolean had = (header & Layout.EXPIRY) != 0;
        boolean has = expireAt != NO_EXPIRY;
        if (had == has) {
            if (has) {
                Bytes.putLong(page, at + 8, expireAt);
            }
            return ref(address);
        }
        int slack = Layout.slack(header, page, at);
        int used = Layout.blockBytes(header) - slack;
        if (has && slack < 8) {
            int larger = cloneRecord(address, hash, BlockAllocator.granules(used + 8));
            if (larger == 0) {
                throw new StoreFull();
            }
            replace(address, hash, larger, false);
            blocks.free(address);
            address = larger;
            page = blocks.page(address);
            at = blocks.offset(address);
            header = Bytes.getLong(page, at);
        }
        if (has) {
            System.arraycopy(page, at + 8, page, at + 16, used - 8);
            Bytes.putLong(page, at + 8, expireAt);
            used += 8;
            header |= Layout.EXPIRY;
        } else {
            System.arraycopy(page, at + 16, page, at + 8, used - 16);
            used -= 8;
            header &= ~Layout.EXPIRY;
        }
        setHeader(address, Layout.withSlack(header, page, at, Layout.blockBytes(header) - used));
        expiryChanged(address, hash, has);
        return ref(address);
    }

    /**
     * Makes a copy of a record of any table (its segment locked too) under another key, with type, encoding and value, and
     * the access bits of a new key.
     */
    public long copyFrom(
            KeyTable from, long source, long found, byte[] key, int offset, int length, long hash, long expireAt) {
        assertHeld();
        from.assertHeld();
        if (from.isTree(source)) {
            return copyTree(from, source, found, key, offset, length, hash, expireAt);
        }
        long size = from.valueLength(source);
        long ref = reserve(found, key, offset, length, hash, from.type(source), from.encoding(source), size, expireAt);
        long position = 0;
        while (position < size) {
            int n = from.runLength(source, position);
            fill((int) ref, position, from.runArray(source, position), from.runOffset(source, position), n);
            position += n;
        }
        return ref;
    }

    /**
     * The copy's trees are those of the source where both lie in one segment: who writes copies what it changes.
     */
    private long copyTree(
            KeyTable from, long source, long found, byte[] key, int offset, int length, long hash, long expireAt) {
        byte[] descriptor = from.value(source);
        if (from.segment == segment) {
            TreeDescriptor.retain(segment.trees, descriptor, 0);
        } else {
            TreeDescriptor.copy(from.segment.trees, segment.trees, descriptor, 0);
        }
        int type = from.type(source) | Layout.TREE_TYPE;
        int encoding = from.encoding(source);
        long ref;
        try {
            ref = reserve(found, key, offset, length, hash, type, encoding, descriptor.length, expireAt);
        } catch (StoreFull full) {
            TreeDescriptor.dispose(segment.trees, descriptor, 0);
            throw full;
        }
        fill((int) ref, 0, descriptor, 0, descriptor.length);
        noteFieldTtls((int) ref, hash);
        return ref;
    }

    /**
     * As {@link #copyFrom} with the access bits too, for a source that the caller deletes next: a large value of the same
     * segment changes hands without being copied.
     */
    public long moveFrom(
            KeyTable from, long source, long found, byte[] key, int offset, int length, long hash, long expireAt) {
        assertHeld();
        int bits = from.lru(source);
        long ref = from.segment == segment && !from.isContiguous(source)
                ? shareFrom(from, source, found, key, offset, length, hash, expireAt)
                : copyFrom(from, source, found, key, offset, length, hash, expireAt);
        setLru(ref, bits);
        return ref;
    }

    private long shareFrom(
            KeyTable from, long source, long found, byte[] key, int offset, int length, long hash, long expireAt) {
        byte[] handle = new byte[Chains.HANDLE_BYTES];
        if (!chains.share(blocks.page((int) source), from.valueOffset(source), handle, 0)) {
            throw new StoreFull();
        }
        long ref;
        try {
            // Any length that makes a chain; its pieces give way to the source's.
            int any = BlockAllocator.MAX_BYTES;
            ref = reserve(found, key, offset, length, hash, from.type(source), from.encoding(source), any, expireAt);
        } catch (StoreFull full) {
            chains.free(handle, 0);
            throw full;
        }
        byte[] page = blocks.page((int) ref);
        chains.free(page, valueOffset(ref));
        System.arraycopy(handle, 0, page, valueOffset(ref), handle.length);
        return ref;
    }
}
