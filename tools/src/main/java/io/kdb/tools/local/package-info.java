/**
 * The cluster that {@code kdb up} keeps on this machine: its folder, its node processes, and when it is whole. It
 * knows nodes by their process and by what they answer to a client, nothing of their insides.
 */
package io.kdb.tools.local;
