/** Placeholder. */
package io.kdb.server;
