/**
 * Files and payloads in Redis' own formats: the RDB file, the DUMP payload, and when to save.
 * It knows bytes and types, not the store: values come from and go to small interfaces.
 */
package io.kdb.server.persist;
