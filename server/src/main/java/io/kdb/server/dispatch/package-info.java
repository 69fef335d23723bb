/**
 * From a decoded request to its reply: command rows, the ordered gates, transactions, suspended commands. Knows the
 * store and the log; knows no socket and no Netty (see {@code net}). What a loop uses again for every command writes a
 * reference only when it is another one, as in the store.
 */
package io.kdb.server.dispatch;
