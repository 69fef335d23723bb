/**
 * The differential fuzzer: random commands, right and wrong ones, go to kdb and to a real Redis; their replies, and then
 * all keys, must be the same. It does not know how either server works inside.
 *
 * <p>A family of commands is one class that implements {@link io.kdb.tools.fuzz.CommandFamily}, and one line in
 * {@link io.kdb.tools.fuzz.Families}.
 */
package io.kdb.tools.fuzz;
