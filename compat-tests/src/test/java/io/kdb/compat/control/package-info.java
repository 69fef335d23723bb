/** The control plane in processes of its own that are killed and stopped at every step of a change of voters. */
package io.kdb.compat.control;
