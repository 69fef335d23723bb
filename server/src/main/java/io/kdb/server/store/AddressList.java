package io.kdb.server.store;

import java.util.Arrays;

/** A growing list of addresses that is used again and again. Owner: whoever made it, one thread. */
final class AddressList {
    int[] items = new int[32];
    int size;

    void add(int address) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = address;
    }

    void clear() {
        size = 0;
    }
}
