package io.kdb.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/differences.md and the table say the same about parameters without effect. */
class DifferencesTest {
    @Test
    void theDocumentListsWhatHasNoEffect() throws Exception {
        List<String> table = Parameters.all().stream()
                .filter(p -> !p.effective())
                .map(p -> "| `" + p.name() + "` | " + p.note() + " |")
                .sorted()
                .toList();
        String document = Files.readString(Path.of("../docs/differences.md"));
        String section = document.substring(document.indexOf("## Parameters without effect"));
        int next = section.indexOf("\n## ", 3);
        List<String> listed = (next < 0 ? section : section.substring(0, next))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .toList();
        assertEquals(String.join("\n", table), String.join("\n", listed));
    }
}
