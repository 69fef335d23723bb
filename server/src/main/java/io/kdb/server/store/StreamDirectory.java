package io.kdb.server.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The names of a stream's groups and of their consumers. Owner: a {@link StreamGroup}; for reading also whoever has a
 * {@link StreamView}.
 */
final class StreamDirectory {
    private final StreamView view;
    private final Element element = new Element();

    StreamDirectory(StreamView view) {
        this.view = view;
    }

    /** A name with its number. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
    record Named(byte[] name, long number) {}

    private static long firstOf(byte[] name, int offset, int length) {
        return KeyHash.hash(name, offset, length) << 32;
    }

    private static boolean sameHash(long number, long first) {
        return number >>> 32 == first >>> 32;
    }

    /** The group of this name, or 0. */
    long group(byte[] name, int offset, int length) {
        long first = firstOf(name, offset, length);
        long number = first;
        while (view.directory.seekCeiling(number, 0, 0, 0) && sameHash(view.directory.keyWord(0), first)) {
            number = view.directory.keyWord(0);
            if (view.directory.keyWord(1) == 0 && name(view.directory.address()).equalTo(name, offset, length)) {
                return number;
            }
            number++;
        }
        return 0;
    }

    /** The consumer of this name, or 0. */
    long consumer(long group, byte[] name, int offset, int length) {
        long first = firstOf(name, offset, length);
        boolean more = view.directory.seekCeiling(group, first + 1, 0, 0);
        while (more && view.directory.keyWord(0) == group && sameHash(view.directory.keyWord(1), first)) {
            if (name(view.directory.address()).equalTo(name, offset, length)) {
                return view.directory.keyWord(1);
            }
            more = view.directory.next();
        }
        return 0;
    }

    /** The name that a block of the directory has; good until the next. */
    Element name(int address) {
        byte[] page = view.directoryBlocks.page(address);
        if (view.directoryBlocks.isChained(address)) {
            return element.chain(view.directoryBlocks.chains(), page, view.directoryBlocks.handle(address));
        }
        int at = view.directoryBlocks.at(address);
        return element.bytes(page, at + StreamView.NAME, Bytes.getInt(page, at + StreamView.NAME_LENGTH));
    }

    /** A number for a new group of this name. */
    long newGroup(byte[] name, int offset, int length) {
        long number = firstOf(name, offset, length) + 1;
        while (view.directory.seek(number, 0, 0, 0)) {
            number++;
        }
        return number;
    }

    /** A number for a new consumer of this name. */
    long newConsumer(long group, byte[] name, int offset, int length) {
        long number = firstOf(name, offset, length) + 1;
        while (view.directory.seek(group, number, 0, 0)) {
            number++;
        }
        return number;
    }

    /** Adds a group (consumer 0) or a consumer; answers where its counters, all zero, lie. */
    int add(long group, long consumer, byte[] name, int offset, int length) {
        int address = view.directoryBlocks.create(length);
        byte[] page = view.directoryBlocks.page(address);
        int at = view.directoryBlocks.at(address);
        Arrays.fill(page, at, at + StreamView.NAME, (byte) 0);
        Bytes.putInt(page, at + StreamView.NAME_LENGTH, length);
        if (view.directoryBlocks.isChained(address)) {
            view.directoryBlocks.chains().write(page, view.directoryBlocks.handle(address), 0, name, offset, length);
        } else {
            System.arraycopy(name, offset, page, at + StreamView.NAME, length);
        }
        try {
            view.directory.insert(group, consumer, 0, 0);
        } catch (StoreFull full) {
            view.directoryBlocks.release(address);
            throw full;
        }
        view.directory.address(address);
        return address;
    }

    /** The block of a group (consumer 0) or a consumer, which exists, to be read. */
    int find(long group, long consumer) {
        boolean found = view.directory.seek(group, consumer, 0, 0);
        assert found : "directory: " + group + ", " + consumer + " is missing";
        return view.directory.address();
    }

    /** As {@link #find}, to be changed. */
    int own(long group, long consumer) {
        find(group, consumer);
        view.directory.own();
        int address = view.directory.address();
        int own = view.directoryBlocks.own(address);
        if (own != address) {
            view.directory.address(own);
        }
        return own;
    }

    void remove(long group, long consumer) {
        int address = find(group, consumer);
        view.directory.remove();
        view.directoryBlocks.release(address);
    }

    long get(int address, int field) {
        return Bytes.getLong(view.directoryBlocks.page(address), view.directoryBlocks.at(address) + field);
    }

    void set(int address, int field, long value) {
        Bytes.putLong(view.directoryBlocks.page(address), view.directoryBlocks.at(address) + field, value);
    }

    /** All groups, in the order of their names. */
    List<Named> groups() {
        List<Named> groups = new ArrayList<>();
        boolean more = view.directory.seekFirst();
        while (more) {
            long number = view.directory.keyWord(0);
            if (view.directory.keyWord(1) == 0) {
                groups.add(new Named(name(view.directory.address()).copy(), number));
            }
            more = number != -1 && view.directory.seekCeiling(number + 1, 0, 0, 0);
        }
        groups.sort((a, b) -> Arrays.compareUnsigned(a.name(), b.name()));
        return groups;
    }

    /** All consumers of a group, in the order of their names. */
    List<Named> consumers(long group) {
        List<Named> consumers = new ArrayList<>();
        boolean more = view.directory.seekCeiling(group, 1, 0, 0);
        while (more && view.directory.keyWord(0) == group) {
            consumers.add(new Named(name(view.directory.address()).copy(), view.directory.keyWord(1)));
            more = view.directory.next();
        }
        consumers.sort((a, b) -> Arrays.compareUnsigned(a.name(), b.name()));
        return consumers;
    }
}
