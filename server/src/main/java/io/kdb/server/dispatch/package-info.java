/**
 * From a decoded request to its reply: command rows, the ordered gates, transactions, suspended commands. Knows the
 * store and the log; knows no socket and no Netty (see {@code net}).
 */
package io.kdb.server.dispatch;
