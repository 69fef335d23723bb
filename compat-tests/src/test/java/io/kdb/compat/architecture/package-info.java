/** The rules of the design that the compiler cannot keep: who may know whom. */
package io.kdb.compat.architecture;
