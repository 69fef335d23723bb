package io.kdb.tools.fuzz;

import io.kdb.tools.client.Address;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Listens to the keyspace events of both servers: the same commands must have the same events, in the same order. Owner:
 * the fuzzer's thread.
 */
final class EventCheck implements Closeable {
    /** All classes but those for what time takes, which each server does when it comes to it. */
    private static final String CLASSES = "Eg$lshztdn";

    private static final String MARK_CHANNEL = "__keyevent@end";

    private final Exchange listeners;
    private final Exchange speakers;
    private int marks;

    EventCheck(Address redis, Address kdb) throws IOException {
        listeners = new Exchange(redis, kdb);
        speakers = new Exchange(redis, kdb);
        speak("CONFIG", "SET", "notify-keyspace-events", CLASSES);
        Step subscribe = Step.of("PSUBSCRIBE", "__keyevent@*");
        listeners.ask(List.of(subscribe), List.of(subscribe));
    }

    private void speak(String... words) throws IOException {
        speakers.ask(List.of(Step.of(words)), List.of(Step.of(words)));
    }

    /** Compares the events since the last call; null: none differs. Everything that was sent before is answered. */
    Exchange.Mismatch next(int step) throws IOException {
        String mark = "mark-" + marks++;
        speak("PUBLISH", MARK_CHANNEL, mark);
        while (true) {
            List<List<Frame>> both = listeners.read(1);
            Frame redis = both.get(0).get(0);
            Frame kdb = both.get(1).get(0);
            if (!redis.equals(kdb)) {
                return new Exchange.Mismatch(step, "event " + redis.notation(), "event " + kdb.notation());
            }
            List<Frame> parts = redis.elements();
            if (parts.get(parts.size() - 1).text().equals(mark)) {
                return null;
            }
        }
    }

    @Override
    public void close() throws IOException {
        speak("CONFIG", "SET", "notify-keyspace-events", "");
        listeners.close();
        speakers.close();
    }
}
