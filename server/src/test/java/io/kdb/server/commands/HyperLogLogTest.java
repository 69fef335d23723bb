package io.kdb.server.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kdb.server.commands.HyperLogLog.Corrupted;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class HyperLogLogTest {
    @Test
    void hashesAsThePublishedFunctionDoes() {
        // Known answers of MurmurHash64A with the seed that HyperLogLogs use, from PFADD's strings of a Redis 7.0.15.
        byte[] a = "a".getBytes(StandardCharsets.ISO_8859_1);
        long hash = MurmurHash.hash(a, 0, 1, 0xadc83b19L);
        assertEquals(12711, HyperLogLog.register(hash));
    }

    @RepeatedTest(20)
    void bothFormsKeepTheLargestOfEachRegister(RepetitionInfo repetition) throws Corrupted {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] model = new byte[HyperLogLog.REGISTERS];
        HyperLogLog sparse = HyperLogLog.empty();
        HyperLogLog dense = HyperLogLog.empty();
        dense.toDense();
        int changes = random.nextInt(3000);
        int near = 1 + random.nextInt(HyperLogLog.REGISTERS);
        for (int i = 0; i < changes; i++) {
            int register = random.nextInt(near);
            int value = 1 + random.nextInt(random.nextBoolean() ? 3 : 32);
            boolean raised = value > model[register];
            model[register] = (byte) Math.max(model[register], value);
            assertEquals(raised, sparse.raise(register, value, Long.MAX_VALUE));
            assertEquals(raised, dense.raise(register, value, 0));
        }
        byte[] ofSparse = new byte[HyperLogLog.REGISTERS];
        byte[] ofDense = new byte[HyperLogLog.REGISTERS];
        sparse.mergeInto(ofSparse);
        dense.mergeInto(ofDense);
        assertArrayEquals(model, ofSparse);
        assertArrayEquals(model, ofDense);
        assertEquals(dense.count(), sparse.count());
        sparse.toDense();
        assertEquals(dense.count(), sparse.count());
    }

    @Test
    void runsBehindTheLastRegisterAreCorrupted() {
        for (int behind : new int[] {0x98, 0x12, 0x7F}) {
            HyperLogLog one = HyperLogLog.empty();
            one.bytes()[one.length()] = (byte) behind;
            HyperLogLog longer = new HyperLogLog(one.bytes(), one.length() + 1);
            assertThrows(Corrupted.class, longer::count);
            assertThrows(Corrupted.class, () -> longer.mergeInto(new byte[HyperLogLog.REGISTERS]));
            assertThrows(Corrupted.class, longer::toDense);
        }
    }

    @RepeatedTest(50)
    void anyRunsAreReadOrRefused(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] bytes = new byte[HyperLogLog.HEADER + random.nextInt(40)];
        random.nextBytes(bytes);
        bytes[HyperLogLog.FORM_AT] = HyperLogLog.SPARSE;
        HyperLogLog any = new HyperLogLog(bytes, bytes.length);
        any.runs();
        assertThrows(Corrupted.class, any::count);
        assertThrows(Corrupted.class, () -> any.mergeInto(new byte[HyperLogLog.REGISTERS]));
        for (int i = 0; i < 100; i++) {
            try {
                any.raise(random.nextInt(HyperLogLog.REGISTERS), 1 + random.nextInt(50), 3000);
            } catch (Corrupted expected) {
                assertEquals(HyperLogLog.SPARSE, any.bytes()[HyperLogLog.FORM_AT]);
            }
        }
    }

    @Test
    void testsItself() {
        assertEquals("", HyperLogLogSelfTest.problem());
    }
}
