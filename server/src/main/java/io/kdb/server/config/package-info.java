/**
 * What an operator can set: every parameter of redis.conf and kdb's own, read from file and command line, changed by
 * CONFIG SET, written back by CONFIG REWRITE; and the log lines' form and place. It does not know what a setting does.
 */
package io.kdb.server.config;
