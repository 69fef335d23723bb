package io.kdb.server.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code dir}: the folder of the data files, absolute, against which every relative path is meant. */
final class Directory implements Syntax<String> {
    @Override
    public String parse(List<String> words, String before) throws RefusedSetting {
        Path folder = path(before).resolve(path(Syntax.only(words)));
        if (!Files.exists(folder)) throw new RefusedSetting("No such file or directory");
        if (!Files.isDirectory(folder)) throw new RefusedSetting("Not a directory");
        if (!Files.isExecutable(folder)) throw new RefusedSetting("Permission denied");
        try {
            return text(folder.toRealPath());
        } catch (IOException e) {
            throw new RefusedSetting("No such file or directory");
        }
    }

    @Override
    public String format(String value) {
        return value;
    }

    @Override
    public List<Line> lines(String name, String value, String defaultValue) {
        return List.of(Syntax.quoted(name, value, true));
    }

    /** The path that these bytes (one per char) name. */
    static Path path(String bytes) {
        return Path.of(new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    /** The bytes of a path, one per char. */
    static String text(Path path) {
        return bytes(path.toString());
    }

    static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
