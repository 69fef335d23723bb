package io.kdb.tools.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortBlockTest {
    @Test
    void takesTheWantedBlockWhenItIsFree() {
        assertEquals(OptionalInt.of(7000), PortBlock.find(7000, 6, port -> true));
    }

    @Test
    void goesOnToTheNextBlockWhenAnyPortIsTaken() {
        Set<Integer> taken = Set.of(7005, 17102);

        assertEquals(OptionalInt.of(7200), PortBlock.find(7000, 6, port -> !taken.contains(port)));
    }

    @Test
    void namesTheTakenPort() {
        assertEquals(OptionalInt.of(7002), PortBlock.firstTaken(7000, 6, port -> port != 7002));
        assertEquals(OptionalInt.of(17005), PortBlock.firstTaken(7000, 6, port -> port != 17005));
        assertEquals(OptionalInt.empty(), PortBlock.firstTaken(7000, 6, port -> port != 7006));
    }

    @Test
    void givesUpAtTheEndOfThePorts() {
        assertEquals(OptionalInt.empty(), PortBlock.find(55000, 6, port -> false));
    }
}
