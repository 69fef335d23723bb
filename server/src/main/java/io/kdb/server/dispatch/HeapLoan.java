package io.kdb.server.dispatch;

import io.kdb.resp.HeapLender;
import io.kdb.server.store.PagePool;
import io.kdb.server.store.StoreFull;

/**
 * The heap that one event loop's large replies and payloads take beside the store's pages. Owner: the event loop.
 *
 * <p>A command that would take more than there is fails with {@link StoreFull}. What is not a command's (an error line, a
 * message to a subscriber) is bounded by the output limits and never refused here.
 */
public final class HeapLoan implements HeapLender {
    private final PagePool pool;
    private Runnable whenShort = () -> {};
    private boolean inCommand;

    HeapLoan(PagePool pool) {
        this.pool = pool;
    }

    /** What is done before a command is refused: somebody else may have to go. */
    public void whenShort(Runnable action) {
        whenShort = action;
    }

    /** Whether what is taken from now on is a command's; answers what was so before. */
    boolean inCommand(boolean yes) {
        boolean before = inCommand;
        inCommand = yes;
        return before;
    }

    @Override
    public void take(int bytes) {
        if (!inCommand) {
            pool.lent(bytes);
        } else if (!pool.lend(bytes)) {
            whenShort.run();
            throw new StoreFull();
        }
    }

    /** A request that is still arriving holds so much more, or less; false when there is not so much. It is counted all the same. */
    public boolean request(long bytes) {
        if (bytes <= 0 || pool.lend(bytes)) {
            pool.lent(Math.min(0, bytes));
            return true;
        }
        pool.lent(bytes);
        whenShort.run();
        return false;
    }

    /** For what a connection keeps; false, with nothing counted, when there is not so much. */
    boolean lend(long bytes) {
        if (pool.lend(bytes)) {
            return true;
        }
        whenShort.run();
        return false;
    }

    void giveBack(long bytes) {
        pool.lent(-bytes);
    }

    @Override
    public void give(int bytes) {
        pool.lent(-bytes);
    }
}
