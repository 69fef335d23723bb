package io.kdb.server.commands;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.store.SortedSetValue;

/** How members are replied, with or without their scores: pairs in RESP3, one after the other in RESP2. Stateless. */
final class MemberReply {
    private MemberReply() {}

    /** Of an array of so many members. */
    static void header(ReplyWriter reply, long count, boolean withScores) {
        reply.array(withScores && !reply.resp3() ? 2 * count : count);
    }

    /** What stands before a member. */
    static void before(ReplyWriter reply, boolean withScores) {
        if (withScores && reply.resp3()) {
            reply.array(2);
        }
    }

    /** The member at which the set stands. */
    static void member(ReplyWriter reply, SortedSetValue set, boolean withScores) {
        before(reply, withScores);
        set.element().reply(reply);
        if (withScores) {
            reply.doubleValue(set.scoreHere());
        }
    }
}
