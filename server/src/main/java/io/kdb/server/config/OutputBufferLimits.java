package io.kdb.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code client-output-buffer-limit}: how much unsent output each class of client may have. Immutable. */
public record OutputBufferLimits(Limit normal, Limit replica, Limit pubsub) {
    /** Closed at once above hard, or after softSeconds above soft; 0 means no limit. */
    public record Limit(long hardBytes, long softBytes, long softSeconds) {}

    static final OutputBufferLimits DEFAULT = new OutputBufferLimits(
            new Limit(0, 0, 0), new Limit(256 << 20, 64 << 20, 60), new Limit(32 << 20, 8 << 20, 60));

    static final Syntax<OutputBufferLimits> SYNTAX = new Syntax<>() {
        @Override
        public OutputBufferLimits parse(List<String> words, OutputBufferLimits before) throws RefusedSetting {
            if (words.size() % 4 != 0) {
                throw new RefusedSetting("Wrong number of arguments in buffer limit configuration.");
            }
            OutputBufferLimits limits = before;
            for (int i = 0; i < words.size(); i += 4) {
                limits = limits.with(words.get(i).toLowerCase(Locale.ROOT), words.subList(i + 1, i + 4));
            }
            return limits;
        }

        @Override
        public String format(OutputBufferLimits value) {
            return Stream.of("normal", "slave", "pubsub")
                    .map(type -> {
                        Limit limit = value.of(type);
                        return type + " " + limit.hardBytes() + " " + limit.softBytes() + " " + limit.softSeconds();
                    })
                    .collect(Collectors.joining(" "));
        }

        @Override
        public List<Line> lines(String name, OutputBufferLimits value, OutputBufferLimits defaultValue) {
            List<Line> lines = new ArrayList<>();
            for (String type : List.of("normal", "replica", "pubsub")) {
                Limit limit = value.of(type);
                String text = name + " " + type + " " + MemorySize.format(limit.hardBytes()) + " "
                        + MemorySize.format(limit.softBytes()) + " " + limit.softSeconds();
                lines.add(new Line(text, !limit.equals(defaultValue.of(type))));
            }
            return lines;
        }
    };

    private Limit of(String type) {
        return switch (type) {
            case "normal" -> normal;
            case "pubsub" -> pubsub;
            default -> replica;
        };
    }

    private OutputBufferLimits with(String type, List<String> words) throws RefusedSetting {
        return switch (type) {
            case "normal" -> new OutputBufferLimits(limit(words), replica, pubsub);
            case "slave", "replica" -> new OutputBufferLimits(normal, limit(words), pubsub);
            case "pubsub" -> new OutputBufferLimits(normal, replica, limit(words));
            default -> throw new RefusedSetting("Invalid client class specified in buffer limit configuration.");
        };
    }

    private static Limit limit(List<String> words) throws RefusedSetting {
        long hard = MemorySize.parse(words.get(0).toLowerCase(Locale.ROOT));
        long soft = MemorySize.parse(words.get(1).toLowerCase(Locale.ROOT));
        String seconds = words.get(2);
        if (hard < 0 || soft < 0 || !seconds.matches("\\d{1,9}")) {
            throw new RefusedSetting("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
        }
        return new Limit(hard, soft, Long.parseLong(seconds));
    }
}
