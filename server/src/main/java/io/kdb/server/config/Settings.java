package io.kdb.server.config;

import java.nio.file.Path;
import java.util.List;

/**
 * The values of all parameters at one moment. Immutable: CONFIG SET swaps it whole, so whoever reads several values
 * from one snapshot sees them fit together.
 */
public final class Settings {
    private final Object[] values;
    /** The numbers and, as 0 or 1, the yes and no among the values, so that a hot path unboxes nothing. */
    private final long[] numbers;

    private Settings(Object[] values, long[] numbers) {
        this.values = values;
        this.numbers = numbers;
    }

    static Settings defaults() {
        List<Parameter<?>> table = Parameters.all();
        Settings settings = new Settings(new Object[table.size()], new long[table.size()]);
        for (Parameter<?> parameter : table) settings.put(parameter, parameter.defaultValue());
        return settings;
    }

    private void put(Parameter<?> parameter, Object value) {
        values[parameter.index()] = value;
        if (value instanceof Long number) numbers[parameter.index()] = number;
        else if (value instanceof Boolean yes) numbers[parameter.index()] = yes ? 1 : 0;
    }

    Settings with(Parameter<?> parameter, Object value) {
        Settings next = new Settings(values.clone(), numbers.clone());
        next.put(parameter, value);
        return next;
    }

    public boolean get(YesNo parameter) {
        return numbers[parameter.index()] != 0;
    }

    public long get(Numeric parameter) {
        return numbers[parameter.index()];
    }

    @SuppressWarnings("unchecked") // put() is only given values of the parameter's own syntax
    public <T> T get(Parameter<T> parameter) {
        return (T) values[parameter.index()];
    }

    /** As CONFIG GET shows it. */
    public String format(Parameter<?> parameter) {
        return parameter.format(this);
    }

    /** The file that a text parameter names, against {@code dir}. */
    public Path path(Parameter<String> parameter) {
        return directory().resolve(Directory.path(get(parameter)));
    }

    /** The value of {@code dir}. */
    public Path directory() {
        return Directory.path(get(Parameters.DIR));
    }

    boolean same(Settings other, Parameter<?> parameter) {
        return values[parameter.index()].equals(other.values[parameter.index()]);
    }
}
