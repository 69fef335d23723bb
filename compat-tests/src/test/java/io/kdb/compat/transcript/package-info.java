/**
 * Transcripts: commands and the replies expected, in text files that run on kdb and, unchanged, on a real Redis. Knows
 * nothing of kdb but its port; see {@link io.kdb.compat.transcript.Transcript} for the notation.
 */
package io.kdb.compat.transcript;
