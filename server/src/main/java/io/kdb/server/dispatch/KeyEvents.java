package io.kdb.server.dispatch;

import io.kdb.server.config.KeyspaceEvents;
import io.kdb.server.config.Parameters;
import io.kdb.server.pubsub.LoopSubscribers;
import io.kdb.server.pubsub.PubSub;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keyspace notifications: what happens to keys, for {@code notify-keyspace-events}. Thread-safe; an event is published
 * under the lock of its key's segment, so that the events of one key keep the order of what happened.
 *
 * <p>A command says an event where Redis does, by {@link KeyCursor#event} or {@link Call#event}, after the change.
 */
public final class KeyEvents {
    private final Node node;
    private volatile int classes;

    KeyEvents(Node node) {
        this.node = node;
        configured(node.config().get(Parameters.NOTIFY_KEYSPACE_EVENTS));
        node.config()
                .whenChanged(
                        (before, now) -> configured(now.get(Parameters.NOTIFY_KEYSPACE_EVENTS)),
                        Parameters.NOTIFY_KEYSPACE_EVENTS);
    }

    private void configured(KeyspaceEvents chosen) {
        classes = (chosen.classes() & (KeyspaceEvents.KEYSPACE | KeyspaceEvents.KEYEVENT)) == 0 ? 0 : chosen.classes();
    }

    /** Whether events of this class go anywhere; one field read. */
    boolean publishes(int eventClass) {
        return (classes & eventClass) != 0;
    }

    /** An event of a key; its segment is held. {@code publisher}: the running loop's, null on any other thread. */
    void publish(Dispatcher publisher, int eventClass, String event, int db, byte[] array, int offset, int length) {
        if (!publishes(eventClass)) {
            return;
        }
        PubSub pubSub = node.pubSub();
        if (pubSub.isQuiet()) {
            return;
        }
        LoopSubscribers loop = publisher == null ? null : publisher.subscribers();
        byte[] name = Arrays.copyOfRange(array, offset, offset + length);
        byte[] what = event.getBytes(StandardCharsets.ISO_8859_1);
        if (publishes(KeyspaceEvents.KEYSPACE)) {
            pubSub.publish(loop, false, channel("__keyspace@", db, name), what);
        }
        if (publishes(KeyspaceEvents.KEYEVENT)) {
            pubSub.publish(loop, false, channel("__keyevent@", db, what), name);
        }
    }

    private static byte[] channel(String prefix, int db, byte[] tail) {
        byte[] head = (prefix + db + "__:").getBytes(StandardCharsets.ISO_8859_1);
        byte[] channel = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, channel, head.length, tail.length);
        return channel;
    }
}
