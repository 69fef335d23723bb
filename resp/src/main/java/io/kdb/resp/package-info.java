/** Requests and replies of RESP. */
package io.kdb.resp;
