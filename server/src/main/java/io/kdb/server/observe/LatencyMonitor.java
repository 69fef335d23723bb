package io.kdb.server.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What delayed the node for at least {@code latency-monitor-threshold}, by kind of event. Thread-safe.
 *
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/">latency</a>
 */
public final class LatencyMonitor {
    /** Samples kept for each event, the longest of a second counting as one. */
    public static final int MAX_SAMPLES = 160;

    /** The longest delay of one second. */
    public record Sample(long timeSeconds, long ms) {}

    private static final class Series {
        private final List<Sample> samples = new ArrayList<>();
        private long maxMs;
    }

    private final Map<String, Series> events = new TreeMap<>();

    public synchronized void add(String event, long nowSeconds, long ms) {
        Series series = events.computeIfAbsent(event, e -> new Series());
        series.maxMs = Math.max(series.maxMs, ms);
        int last = series.samples.size() - 1;
        if (last >= 0 && series.samples.get(last).timeSeconds() == nowSeconds) {
            if (ms > series.samples.get(last).ms()) {
                series.samples.set(last, new Sample(nowSeconds, ms));
            }
            return;
        }
        series.samples.add(new Sample(nowSeconds, ms));
        if (series.samples.size() > MAX_SAMPLES) {
            series.samples.remove(0);
        }
    }

    public synchronized Set<String> events() {
        return Set.copyOf(events.keySet());
    }

    /** The samples of an event, oldest first; empty when there are none. */
    public synchronized List<Sample> history(String event) {
        Series series = events.get(event);
        return series == null ? List.of() : List.copyOf(series.samples);
    }

    /** The longest delay ever of an event. */
    public synchronized long maxMs(String event) {
        Series series = events.get(event);
        return series == null ? 0 : series.maxMs;
    }

    /** Forgets an event; false when it has no samples. */
    public synchronized boolean reset(String event) {
        return events.remove(event) != null;
    }
}
