/**
 * kdb as its users see it: transcripts, clients and configuration files, run on kdb and on a real Redis 7.0.15. It
 * knows kdb as a process that listens on a port.
 */
package io.kdb.compat;
