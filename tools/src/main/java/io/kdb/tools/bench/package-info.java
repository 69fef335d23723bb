/**
 * {@code kdb bench}: a load generator of our own, and the comparison with redis-server. It measures from outside, as a
 * client; it does not know how a server works.
 */
package io.kdb.tools.bench;
