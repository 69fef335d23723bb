package io.kdb.cluster.control;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * This node's replica of the application's state, whoever votes: takes what the feed delivers and tells the listener.
 * Owner: the apply thread; members and index may be read by any.
 */
final class View {
    private final ControlThread thread = new ControlThread("kdb-apply");
    private final ReplicatedState state;
    private final ControlListener listener;
    private final Function<ReplicatedState, List<Member>> reader;
    private volatile List<Member> members = List.of();
    private volatile ControlPlane plane;
    private volatile long index = -1;
    private final CountDownLatch opened = new CountDownLatch(1);

    View(ReplicatedState state, ControlListener listener, Function<ReplicatedState, List<Member>> reader) {
        this.state = state;
        this.listener = listener;
        this.reader = reader;
        // Nothing is delivered before the listener knows of the control plane: the engine delivers while it starts.
        thread.execute(() -> {
            try {
                opened.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (plane != null) {
                listener.started(plane);
            }
        });
    }

    /** The control plane is whole: deliveries begin. */
    void open(ControlPlane whole) {
        plane = whole;
        opened.countDown();
    }

    ReplicatedState state() {
        return state;
    }

    List<Member> members() {
        return members;
    }

    long index() {
        return index;
    }

    void deliver(long generation, long at, byte[] op) {
        thread.execute(() -> {
            byte[] answer = state.apply(op);
            index = at;
            members = List.copyOf(reader.apply(state));
            listener.applied(state, generation, at, op, answer);
        });
    }

    void deliver(Image image) {
        thread.execute(() -> {
            state.restore(image.bytes());
            index = image.index();
            members = List.copyOf(reader.apply(state));
            listener.installed(state, image.generation(), image.index());
        });
    }

    /** The view belongs to another cluster from now on. */
    void forget() {
        thread.execute(() -> {
            index = -1;
            members = List.of();
        });
    }

    /** Runs a task on the apply thread, after all that was delivered before. */
    void execute(Runnable task) {
        thread.execute(task);
    }

    void close() {
        opened.countDown();
        thread.shutdown();
    }
}
