/** Placeholder. */
package io.kdb.resp;
