package io.kdb.server.dispatch;

import java.util.List;

/**
 * How one connection wants to hear of changes to keys, as CLIENT TRACKING ON says. Immutable.
 *
 * @param broadcast of all keys with one of the prefixes, whether it has read them or not
 * @param optIn only keys read by the command behind CLIENT CACHING YES count
 * @param optOut keys read by the command behind CLIENT CACHING NO do not count
 * @param noLoop not of its own changes
 * @param redirect the id of the connection that is told in its stead; 0 for itself
 * @param prefixes in the order of their bytes; empty without {@code broadcast}
 */
public record ClientTracking(
        boolean broadcast, boolean optIn, boolean optOut, boolean noLoop, long redirect, List<byte[]> prefixes) {}
