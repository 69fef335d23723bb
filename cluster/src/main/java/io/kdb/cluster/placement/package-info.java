/**
 * Where slots and replicas should live, and the next step to get there. Pure functions of a view; knows nothing of who
 * asks, of data or of connections.
 *
 * <p>How it is wired: the controller (the control plane's leader) calls {@code Reconciler.next(view, reports, nowMs)} after
 * every change of the view and at least once a second. Each {@code Step} is either a record to submit or a hand-over of a
 * primary's role, which the named replica runs as CLUSTER FAILOVER would. Steps are idempotent: a lost one comes again. A
 * {@code BeginMove} that is committed makes its source start to move those slots when it sees them in its view; the source
 * (or the target) submits CommitMove or AbortMove. Nothing happens unless the placement mode is auto.
 */
package io.kdb.cluster.placement;
