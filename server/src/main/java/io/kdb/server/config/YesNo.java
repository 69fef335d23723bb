package io.kdb.server.config;

import java.util.List;

/** A parameter that is yes or no. */
public final class YesNo extends Parameter<Boolean> {
    /** @param whyNotYes when not null, the reason why yes is refused */
    YesNo(String name, boolean defaultValue, String whyNotYes) {
        super(name, new Answer(whyNotYes), defaultValue);
    }

    private record Answer(String whyNotYes) implements Syntax<Boolean> {
        @Override
        public Boolean parse(List<String> words, Boolean before) throws RefusedSetting {
            String word = Syntax.only(words);
            if (word.equalsIgnoreCase("yes") && whyNotYes != null) throw new RefusedSetting(whyNotYes);
            if (word.equalsIgnoreCase("yes")) return true;
            if (word.equalsIgnoreCase("no")) return false;
            throw new RefusedSetting("argument must be 'yes' or 'no'");
        }

        @Override
        public String format(Boolean value) {
            return value ? "yes" : "no";
        }
    }
}
