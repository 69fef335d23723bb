/**
 * Sockets to sessions: transports, event loops, connections. The only package of the server that knows Netty; knows
 * commands only through {@code dispatch}.
 */
package io.kdb.server.net;
