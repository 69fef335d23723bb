/** Placeholder. */
package io.kdb.cluster;
