package io.kdb.server.dispatch;

/**
 * How far the loading of a file is, from disk or from a primary, as INFO shows it. Thread-safe; written by the one thread
 * that loads.
 */
public final class LoadProgress {
    private volatile long startedMs;
    private volatile long totalBytes;
    private volatile long loadedBytes;

    /** A file of so many bytes is about to be read; 0 where its length is not known. */
    public void begin(long bytes, long nowMs) {
        startedMs = nowMs;
        totalBytes = bytes;
        loadedBytes = 0;
    }

    /** So many of its bytes are read. */
    public void loaded(long bytes) {
        loadedBytes = bytes;
    }

    /** INFO's lines, the times as Redis reckons them. */
    public void info(StringBuilder out, long nowMs) {
        long total = totalBytes;
        long loaded = loadedBytes;
        double percent = total == 0 ? 0 : 100.0 * loaded / total;
        long elapsedSeconds = (nowMs - startedMs) / 1000;
        long remaining = total == 0 ? 1 : total - loaded;
        out.append("loading_start_time:").append(startedMs / 1000).append("\r\n");
        out.append("loading_total_bytes:").append(total).append("\r\n");
        out.append("loading_loaded_bytes:").append(loaded).append("\r\n");
        out.append("loading_loaded_perc:")
                .append(String.format(java.util.Locale.ROOT, "%.2f", percent))
                .append("\r\n");
        out.append("loading_eta_seconds:")
                .append(elapsedSeconds == 0 ? 1 : elapsedSeconds * remaining / (loaded + 1))
                .append("\r\n");
    }
}
