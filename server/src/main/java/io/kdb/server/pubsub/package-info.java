/**
 * Who is subscribed to which channel, and how a message reaches them on their own event loops. It knows nothing of commands
 * or connections: a subscriber is whoever takes a push.
 */
package io.kdb.server.pubsub;
