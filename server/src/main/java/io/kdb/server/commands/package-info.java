/**
 * The commands, one class a family: rows and functions side by side. Knows keys through {@code dispatch.KeyCursor} only;
 * knows no locks, no sockets.
 */
package io.kdb.server.commands;
