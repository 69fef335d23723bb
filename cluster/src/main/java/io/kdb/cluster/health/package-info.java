/**
 * Who is alive, who may serve and who takes over: heartbeats, leases and the controller's decisions. Decides only: the
 * outcome is a record to submit, a lease or a refusal. Knows no clock and no connection: every time is an argument.
 *
 * <p>How it is wired. <b>Every node</b> sends its {@code Heartbeat} to every voter each {@code HealthPolicy.heartbeatMs()}
 * (only when all its I/O threads have turned since the last), and a primary sends what {@code LeaseHolder.due} returns to
 * the leader; the answer goes to {@code LeaseHolder.granted}, and the {@code Lease} that it returns into a volatile field
 * that the request path asks {@code runs(monotonicNanos, wallMs)} once per batch. A node whose own incarnation is not the
 * one in the view must neither serve nor answer PSYNC. <b>Every voter</b> puts heartbeats into its {@code HeartbeatTable}
 * (its own too) and calls {@code tick} each heartbeat interval. <b>The leader</b>, from the moment its log is applied,
 * calls {@code becameLeader} on granter and controller, then {@code Controller.tick} each heartbeat interval; it submits
 * the decisions and reports each outcome by {@code Controller.done}. Lease requests go to {@code LeaseGranter.arrived};
 * whenever {@code beginRound} gives a number, the leader asks a majority of voters whether they still follow it in this
 * term, and calls {@code confirmed} or {@code roundFailed}. All of a leader's calls come from one thread.
 */
package io.kdb.cluster.health;
