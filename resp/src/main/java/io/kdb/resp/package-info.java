/**
 * Bytes to requests and replies, and back: the request decoder, the reply writer (RESP2 and RESP3), the client-side reply
 * decoder and their limits. Knows no command, no connection and no thread; whoever owns an object here owns it alone.
 */
package io.kdb.resp;
