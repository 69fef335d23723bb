package io.kdb.server.pubsub;

/** Takes messages: a connection. Owner: its event loop, on which every call comes. */
public interface Subscriber {
    /**
     * Writes one push, and sees to it that it is sent.
     *
     * @param frame the push in RESP2, that is as an array; in RESP3 only its first byte differs. Shared: not to be changed
     * @param ordered false when it comes from the middle of another command's run: it must not land inside of a reply
     */
    void push(byte[] frame, boolean ordered);

    /** Messages for it had to be dropped: it is closed, since a subscriber must not miss one unknowingly. */
    void overflowed();
}
