/**
 * {@code kdb cli}: reads command lines from arguments, a pipe or a prompt, and prints replies as redis-cli does. It
 * owns the words on the screen; the bytes on the wire belong to {@code client}.
 */
package io.kdb.tools.cli;
