package io.kdb.tools.bench;

import io.kdb.resp.RequestEncoder;

/** What a load consists of: one request after the other. Owner: one generator. */
interface Load {
    /** The next request; the array is used again for the one after. */
    byte[] next();

    /** The same command for ever. */
    static Load always(String... words) {
        byte[] request = RequestEncoder.encode(words);
        return () -> request;
    }
}
