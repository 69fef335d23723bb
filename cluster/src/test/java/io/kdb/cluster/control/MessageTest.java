package io.kdb.cluster.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class MessageTest {
    private static final GroupId GROUP = new GroupId(7, 3, -12345);
    private static final byte[] BYTES = {1, 2, 3};
    private static final List<Message> ALL = List.of(
            new Message.Hello(
                    new Facts(GROUP, true, 3, null, List.of(), GROUP, List.of("x"), 99),
                    GROUP,
                    List.of("a", "b"),
                    "a",
                    5,
                    -1,
                    null,
                    4,
                    true,
                    BYTES),
            new Message.Hello(null, GROUP, List.of(), null, -1, 8, "f", 4, false, null),
            new Message.Add(GROUP, List.of("a"), null),
            new Message.Added(GROUP, true),
            new Message.Ask(GROUP),
            new Message.Told(GROUP, true, false, true),
            new Message.Carry(GROUP, BYTES),
            new Message.Carried(GROUP, false),
            new Message.Submit(1, 2, List.of(BYTES, new byte[0])),
            new Message.Submitted(1, 2, null, GROUP, List.of("a"), "a"),
            new Message.Submitted(1, 2, new Verdict(Verdict.Status.OK, 8, List.of(BYTES)), GROUP, List.of(), null),
            new Message.Records(1, 2, List.of(BYTES)),
            new Message.Whole(new Image(1, 2, BYTES)),
            new Message.Confirm(GROUP, 1, 2),
            new Message.Confirmed(GROUP, 1, 2));

    @Test
    void everyMessageSurvivesTheWire() {
        for (Message message : ALL) {
            assertArrayEquals(message.encode(), Message.decode(message.encode()).encode(), message.toString());
        }
    }

    @RepeatedTest(50)
    void damagedMessagesAreRefusedAndNothingElse(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        for (Message message : ALL) {
            byte[] bytes = message.encode();
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThrows(WireException.class, () -> Message.decode(cut));
            for (int i = 0; i < 3; i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
            }
            try {
                Message.decode(bytes);
            } catch (WireException expected) {
                // Anything else fails the test.
            }
        }
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        try {
            Message.decode(noise);
        } catch (WireException expected) {
            // As above.
        }
    }
}
