package io.kdb.server.store;

/**
 * The 24 bits that a record keeps about its use: an LRU clock in seconds, or (LFU) a minute of 16 bits and a logarithmic
 * counter of 8. Thread-safe: settings and clock are volatile, set by configuration and by a timer.
 */
public final class AccessClock {
    public static final int LFU_INITIAL = 5;
    private static final int MASK = 0xFFFFFF;

    private volatile int seconds;
    private volatile int minutes;
    private volatile boolean lfu;
    private volatile int lfuLogFactor = 10;
    private volatile int lfuDecayMinutes = 1;

    /** Sets the clock; a timer calls this several times a second. */
    public void tick(long nowMs) {
        seconds = (int) (nowMs / 1000) & MASK;
        minutes = (int) (nowMs / 60_000) & 0xFFFF;
    }

    /** Chooses what the bits mean from now on: maxmemory-policy, lfu-log-factor, lfu-decay-time. */
    public void configure(boolean useLfu, int logFactor, int decayMinutes) {
        lfu = useLfu;
        lfuLogFactor = logFactor;
        lfuDecayMinutes = decayMinutes;
    }

    public boolean lfu() {
        return lfu;
    }

    public int lruClock() {
        return seconds;
    }

    /** What a new record gets. */
    public int initial() {
        return lfu ? minutes << 8 | LFU_INITIAL : seconds;
    }

    /** The bits after one more access; {@code random} is uniform in [0, 2^31). */
    int touched(int bits, int random) {
        if (!lfu) {
            return seconds;
        }
        int counter = decayed(bits);
        return minutes << 8 | increment(counter, random);
    }

    private int increment(int counter, int random) {
        if (counter == 255) {
            return 255;
        }
        double base = Math.max(0, counter - LFU_INITIAL);
        double chance = 1.0 / (base * lfuLogFactor + 1);
        return random < chance * Integer.MAX_VALUE ? counter + 1 : counter;
    }

    private int decayed(int bits) {
        int last = bits >>> 8 & 0xFFFF;
        int counter = bits & 255;
        int elapsed = minutes - last & 0xFFFF;
        int periods = lfuDecayMinutes > 0 ? elapsed / lfuDecayMinutes : 0;
        return Math.max(0, counter - periods);
    }

    /** OBJECT IDLETIME, in seconds. */
    public long idleSeconds(int bits) {
        int idle = seconds - bits & MASK;
        return idle;
    }

    /** OBJECT FREQ. */
    public int frequency(int bits) {
        return decayed(bits);
    }

    /** The bits that make a key look so long unused (RESTORE IDLETIME). */
    public int withIdle(long idleSeconds) {
        return (int) (seconds - idleSeconds) & MASK;
    }

    /** The bits that make a key look so often used (RESTORE FREQ). */
    public int withFrequency(int frequency) {
        return minutes << 8 | (frequency & 255);
    }
}
