package io.kdb.server.net;

import io.kdb.resp.ChunkPool;
import io.kdb.resp.ReplyBuffer;
import io.kdb.resp.RequestBatch;
import io.kdb.resp.RequestDecoder;
import io.kdb.server.dispatch.Dispatcher;
import io.kdb.server.dispatch.Node;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one event loop's connections share: the array that requests are decoded in, the batch, the dispatcher, the pool of
 * reply chunks. Owner: that event loop.
 */
final class IoLoop {
    /** What is read is copied here once; an argument is a range of it. */
    static final int BUFFER_BYTES = 256 * 1024;

    private static final int RETAINED_CHUNK_BYTES = 4 * 1024 * 1024;

    static {
        assert BUFFER_BYTES > RequestDecoder.MAX_TAIL_BYTES : "a tail must leave room to read";
    }

    final EventLoop eventLoop;
    final Dispatcher dispatcher;
    final byte[] buffer = new byte[BUFFER_BYTES];
    final RequestBatch batch = new RequestBatch();
    final ChunkPool chunks;
    final Sink sink = new Sink();
    /** Goes up whenever this loop has handled something; a heartbeat needs each loop to have turned. */
    final AtomicLong turns = new AtomicLong();

    /** Writes drained reply bytes into the buffer it is pointed at. */
    static final class Sink implements ReplyBuffer.Sink {
        ByteBuf target;

        @Override
        public void accept(byte[] bytes, int offset, int length) {
            target.writeBytes(bytes, offset, length);
        }
    }

    IoLoop(Node node, EventLoop eventLoop) {
        this.eventLoop = eventLoop;
        this.dispatcher = new Dispatcher(node, eventLoop);
        this.chunks = new ChunkPool(RETAINED_CHUNK_BYTES, dispatcher.heap());
    }
}
