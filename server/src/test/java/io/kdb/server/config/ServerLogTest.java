package io.kdb.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class ServerLogTest {
    private static final Logger log = LoggerFactory.getLogger("test");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void restore() throws Exception {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    @Test
    void writesLinesAsRedisDoes() throws Exception {
        ServerLog serverLog = ServerLog.install(new PrintStream(out, true, StandardCharsets.UTF_8));
        log.info("Server {}", "initialized");
        serverLog.follow(ServerConfig.of("loglevel debug"));
        log.warn("a");
        log.debug("b");
        log.trace("c");
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        String time = " \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ";
        String pid = String.valueOf(ProcessHandle.current().pid());
        List<String> expected = List.of(
                "C" + time + "\\* Server initialized", "M" + time + "# a", "M" + time + "- b", "M" + time + "\\. c");
        assertEquals(expected.size(), lines.size(), lines.toString());
        for (int i = 0; i < lines.size(); i++) {
            assertTrue(lines.get(i).matches(pid + ":" + expected.get(i)), lines.get(i));
        }
    }

    @Test
    void followsLoglevelAndSurvivesARotation(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("kdb.log");
        ServerConfig config = ServerConfig.of("logfile " + file, "loglevel warning");
        ServerLog.install(new PrintStream(out, true, StandardCharsets.UTF_8)).follow(config);
        log.info("unseen");
        config.set(List.of("loglevel", "notice"), false, false);
        log.info("one");
        Files.move(file, folder.resolve("kdb.log.1"));
        log.info("two");
        assertEquals(1, Files.readAllLines(folder.resolve("kdb.log.1")).size());
        assertTrue(Files.readString(file).endsWith(" * two\n"));
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }
}
