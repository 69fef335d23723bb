package io.kdb.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/**
 * Asks a real redis-server what it makes of the bytes. It shows by its answer to an unknown command, which repeats the
 * arguments. Skipped where no redis-server is on the PATH.
 */
class RedisRequestOracleTest {
    private static final String ALPHABET = "\r\n$*0123456789-\"'\\ x\t\0y\u000b\u00e9";

    @TempDir
    static Path directory;

    private static Process redis;
    private static UnixDomainSocketAddress address;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Path socket = directory.resolve("redis.sock");
        address = UnixDomainSocketAddress.of(socket);
        try {
            redis = new ProcessBuilder(
                            "redis-server",
                            "--port",
                            "0",
                            "--unixsocket",
                            socket.toString(),
                            "--save",
                            "",
                            "--dir",
                            directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException absent) {
            throw new TestAbortedException("redis-server is not on the PATH: " + absent.getMessage());
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!Files.exists(socket)) {
            if (redis.waitFor(10, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new IllegalStateException(Files.readString(directory.resolve("log")));
            }
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (redis != null) {
            redis.destroy();
            redis.waitFor();
        }
    }

    static List<MalformedRequest> edges() {
        return MalformedRequest.all();
    }

    @ParameterizedTest
    @MethodSource("edges")
    void redisAgreesOnTheEdges(MalformedRequest edge) throws IOException {
        assertAgrees(edge.wire().getBytes(StandardCharsets.ISO_8859_1));
    }

    @RepeatedTest(400)
    void redisAgreesOnMutatedStreams(RepetitionInfo repetition) throws IOException {
        Random random = new Random(repetition.getCurrentRepetition());
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int i = 0; i < 6; i++) {
            byte[][] arguments = new byte[1 + random.nextInt(4)][];
            for (int a = 0; a < arguments.length; a++) {
                arguments[a] = text(random, a == 0 ? "xyz" : ALPHABET, 1 + random.nextInt(14));
            }
            if (random.nextBoolean()) {
                wire.write(RequestEncoder.encode(arguments));
            } else {
                for (byte[] argument : arguments) {
                    wire.write(argument);
                    wire.write(' ');
                }
                wire.write('\n');
            }
        }
        byte[] bytes = wire.toByteArray();
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) ALPHABET.charAt(random.nextInt(ALPHABET.length()));
        }
        assertAgrees(bytes);
    }

    private static byte[] text(Random random, String alphabet, int length) {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        return text;
    }

    private static void assertAgrees(byte[] wire) throws IOException {
        RequestFeed feed = new RequestFeed().whole(wire);
        StringBuilder expected = new StringBuilder();
        for (List<String> request : feed.requests) {
            expected.append(answer(request));
        }
        if (feed.error != null) {
            expected.append("-ERR ").append(feed.error.getMessage()).append("\r\n");
        }
        assertEquals(expected.toString(), ask(wire));
    }

    private static String ask(byte[] wire) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(address);
            ByteBuffer request = ByteBuffer.wrap(wire);
            try {
                while (request.hasRemaining()) {
                    channel.write(request);
                }
                channel.shutdownOutput();
            } catch (IOException closedByRedis) {
                // It refused before it had read everything; its answer is still to be read.
            }
            ByteBuffer part = ByteBuffer.allocate(65536);
            while (channel.read(part) >= 0) {
                answer.write(part.array(), 0, part.position());
                part.clear();
            }
        } catch (IOException reset) {
            // Bytes that Redis never read make the close a reset.
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    private static String answer(List<String> request) {
        if (request.equals(List.of("PING"))) {
            return "+PONG\r\n";
        }
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < request.size() && arguments.length() < 128; i++) {
            arguments
                    .append('\'')
                    .append(cString(request.get(i), 128 - arguments.length()))
                    .append("' ");
        }
        String name = cString(request.get(0), 128);
        String line = "ERR unknown command '" + name + "', with args beginning with: " + arguments;
        return "-" + line.replace('\r', ' ').replace('\n', ' ') + "\r\n";
    }

    private static String cString(String text, int most) {
        int nul = text.indexOf('\0');
        String shown = nul < 0 ? text : text.substring(0, nul);
        return shown.substring(0, Math.min(most, shown.length()));
    }
}
