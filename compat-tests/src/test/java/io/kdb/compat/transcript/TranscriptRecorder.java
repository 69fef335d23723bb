package io.kdb.compat.transcript;

import io.kdb.compat.RunningServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the replies of a real Redis into transcripts: {@code TranscriptRecorder file...}. Commands and comments stay, as do
 * {@code <?} lines that fit; every other reply is what Redis answered. A command without a reply gets one.
 */
final class TranscriptRecorder {
    private TranscriptRecorder() {}

    public static void main(String[] files) throws IOException, InterruptedException {
        for (String file : files) {
            try (RunningServer redis = RunningServer.redis("--enable-debug-command", "yes")) {
                Files.write(Path.of(file), record(Transcript.load(Path.of(file)), redis.port()));
            }
            System.out.println("recorded " + file);
        }
    }

    private static List<String> record(Transcript transcript, int port) throws IOException {
        List<String> lines = new ArrayList<>();
        List<Transcript.Step> steps = transcript.steps();
        try (TranscriptClient client = new TranscriptClient(port)) {
            for (int i = 0; i < steps.size(); i++) {
                Transcript.Step step = steps.get(i);
                switch (step.kind()) {
                    case SEND -> {
                        lines.add(step.source());
                        client.send(step.connection(), step.words());
                        boolean isExpected = i + 1 < steps.size()
                                && steps.get(i + 1).kind() == Transcript.Kind.EXPECT
                                && steps.get(i + 1).connection().equals(step.connection());
                        if (!isExpected) {
                            lines.add(reply(step.connection(), "<", client.read(step.connection())));
                        }
                    }
                    case SEND_ONLY -> {
                        lines.add(step.source());
                        client.send(step.connection(), step.words());
                    }
                    case EXPECT -> {
                        Reply reply = client.read(step.connection());
                        boolean stays =
                                !step.mark().equals("<") && step.reply().matches(reply, System.currentTimeMillis());
                        lines.add(stays ? step.source() : reply(step.connection(), step.mark(), reply));
                    }
                    case EXPECT_CLOSED -> {
                        if (!client.isClosed(step.connection())) {
                            throw new IOException(transcript.name() + ":" + step.line() + ": still open");
                        }
                        lines.add(step.source());
                    }
                    default -> lines.add(step.source());
                }
            }
        }
        return lines;
    }

    private static String reply(String connection, String mark, Reply reply) {
        return (connection.isEmpty() ? "" : "@" + connection + " ") + mark + " " + reply.notation();
    }
}
