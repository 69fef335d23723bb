/**
 * The {@code kdb} command: one class a subcommand, picocli between them and the shell. It knows a server only as a
 * program to start and as an address that answers RESP.
 */
package io.kdb.tools;
