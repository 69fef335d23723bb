package io.kdb.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kdb.server.text.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Random patterns over random keys: KEYS of a real Redis says which match. */
class GlobIT {
    private static final String PATTERN_CHARS = "aab*?[]^-\\cA";
    private static final String KEY_CHARS = "aabcA]^-*\u00ff";

    @Test
    void matchesWhatRedisMatches() throws Exception {
        Random random = new Random(1);
        try (RunningServer redis = RunningServer.redis();
                RespClient client = redis.connect()) {
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                keys.add(text(random, KEY_CHARS, 1 + random.nextInt(5)));
                client.call("SET", keys.get(i), "");
            }
            for (int i = 0; i < 5000; i++) {
                String pattern = text(random, PATTERN_CHARS, 2 + random.nextInt(7));
                TreeSet<String> ours = new TreeSet<>();
                for (String key : keys) {
                    if (Glob.matches(pattern, key, false)) ours.add(key);
                }
                TreeSet<String> real = new TreeSet<>();
                client.call("KEYS", pattern).elements().forEach(key -> real.add(key.text()));
                assertEquals(real, ours, pattern);
            }
        }
    }

    private static String text(Random random, String chars, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) text.append(chars.charAt(random.nextInt(chars.length())));
        return text.toString();
    }
}
