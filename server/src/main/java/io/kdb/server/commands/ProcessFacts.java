package io.kdb.server.commands;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the operating system knows of this process; 0 or nothing where it does not say. Stateless. */
final class ProcessFacts {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path STAT = Path.of("/proc/self/stat");
    /** Linux counts CPU time for user space in hundredths of a second. */
    private static final double TICKS_PER_SECOND = 100;

    private ProcessFacts() {}

    static long residentBytes() {
        for (String line : lines(STATUS)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return 0;
    }

    static long totalMemoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }

    /** Seconds in user space and in the kernel, or an empty array. */
    static double[] cpuSeconds() {
        for (String line : lines(STAT)) {
            // The second field is the program's name in parentheses and may hold spaces.
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            return new double[] {
                Long.parseLong(fields[11]) / TICKS_PER_SECOND, Long.parseLong(fields[12]) / TICKS_PER_SECOND
            };
        }
        return new double[0];
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException notLinux) {
            return List.of();
        }
    }
}
