/**
 * Places on earth: their 52-bit codes, distances between them, and the ranges of codes that cover a circle or a box, to the
 * last digit as Redis computes them. It knows numbers only, nothing of the server.
 */
package io.kdb.server.geo;
