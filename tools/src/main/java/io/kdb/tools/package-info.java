/** Placeholder. */
package io.kdb.tools;
