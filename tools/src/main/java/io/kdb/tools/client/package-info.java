/**
 * A blocking client for the tools: one socket, one request at a time or pipelined, replies as values. It does not know
 * about clusters; who follows redirects does so itself.
 */
package io.kdb.tools.client;
