/**
 * What is kept of how long commands took: the slow log, delays by event, distributions. It knows nothing of commands or
 * connections.
 */
package io.kdb.server.observe;
