package io.kdb.resp;

/** Who counts the heap that large replies and payloads take, so that it has an end. Owner: who made it. */
public interface HeapLender {
    /** Lends whatever is asked, for what is bounded otherwise. */
    HeapLender UNLIMITED = new HeapLender() {
        @Override
        public void take(int bytes) {}

        @Override
        public void give(int bytes) {}
    };

    /** So much is about to be taken; throws an exception of its own, having counted nothing, when there is not enough. */
    void take(int bytes);

    /** So much of it is garbage now. */
    void give(int bytes);
}
