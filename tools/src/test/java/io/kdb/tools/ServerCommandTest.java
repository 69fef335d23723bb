package io.kdb.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServerCommandTest {
    @Test
    void refusesMaxmemoryThatDoesNotFitTheHeap() {
        assertEquals(
                Optional.of("maxmemory: 2gb (expected: at most 1024mb, the heap that fits this machine;"
                        + " KDB_JVM_OPTS=-Xmx... sets another)"),
                ServerCommand.memoryRefusal(2L << 30, 1L << 30));
        assertEquals(Optional.empty(), ServerCommand.memoryRefusal(1L << 30, 1L << 30));
        assertEquals(Optional.empty(), ServerCommand.memoryRefusal(0, 1L << 30));
    }
}
