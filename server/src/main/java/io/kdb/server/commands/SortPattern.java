package io.kdb.server.commands;

import io.kdb.resp.Arguments;
import io.kdb.server.dispatch.Call;
import io.kdb.server.dispatch.KeyCursor;
import io.kdb.server.store.HashValue;
import io.kdb.server.store.Segment;
import io.kdb.server.store.ValueType;
import java.util.Arrays;

/**
 * The pattern of a BY or GET: a key's name with an element in the place of its first star, perhaps with {@code ->} and a
 * hash's field; or {@code #}, the element itself. Immutable.
 */
final class SortPattern {
    private final byte[] text;
    private final int star;
    private final int arrow;

    private SortPattern(byte[] text) {
        this.text = text;
        star = indexOf('*');
        int found = -1;
        for (int i = star + 1; star >= 0 && found < 0 && i + 2 < text.length && text[i] != 0; i++) {
            if (text[i] == '-' && text[i + 1] == '>') {
                found = i;
            }
        }
        arrow = found;
    }

    static SortPattern of(Arguments args, int i) {
        return new SortPattern(args.copy(i));
    }

    private int indexOf(char c) {
        for (int i = 0; i < text.length && text[i] != 0; i++) {
            if (text[i] == c) {
                return i;
            }
        }
        return -1;
    }

    /** Whether it names another key for each element. */
    boolean isVariable() {
        return star >= 0;
    }

    /** What it finds for this element; null: nothing, also when the key or field holds something else. */
    byte[] find(Call call, byte[] element) {
        if (text.length >= 1 && text[0] == '#' && (text.length == 1 || text[1] == 0)) {
            return element;
        }
        if (star < 0) {
            return null;
        }
        int end = arrow < 0 ? text.length : arrow;
        byte[] name = new byte[end - 1 + element.length];
        System.arraycopy(text, 0, name, 0, star);
        System.arraycopy(element, 0, name, star, element.length);
        System.arraycopy(text, star + 1, name, star + element.length, end - star - 1);
        Segment segment = call.segment(name);
        boolean unlock = segment.enter();
        try {
            KeyCursor key = call.other(name).lookupRead();
            if (!key.exists()) {
                return null;
            }
            return arrow < 0 ? string(key) : field(key);
        } finally {
            if (unlock) {
                segment.unlock();
            }
        }
    }

    private static byte[] string(KeyCursor key) {
        return key.isString() ? key.value() : null;
    }

    private byte[] field(KeyCursor key) {
        if (key.type() != ValueType.HASH) {
            return null;
        }
        byte[] field = Arrays.copyOfRange(text, arrow + 2, text.length);
        HashValue hash = key.hash();
        return hash.find(field, 0, field.length) ? hash.value().copy() : null;
    }
}
