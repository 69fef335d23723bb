/**
 * Redis' two small text languages: glob patterns and quoted argument lines. It knows bytes and strings only, nothing
 * of the server.
 */
package io.kdb.server.text;
