package io.kdb.resp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Feeds a decoder as an event loop does: the tail of the read before, then the new bytes, in one array. */
final class RequestFeed {
    final RequestDecoder decoder;
    final RequestBatch batch = new RequestBatch();
    /** Every request's arguments as text, one character a byte. */
    final List<List<String>> requests = new ArrayList<>();

    private byte[] loop = new byte[1024];
    private int tail;
    private long fed;
    private long attributed;
    ProtocolError error;
    /** The most that was held beyond four times the bytes of the unfinished request. */
    long worstExcess;

    RequestFeed(RequestDecoder decoder) {
        this.decoder = decoder;
    }

    RequestFeed() {
        this(new RequestDecoder());
    }

    void feed(byte[] bytes, int from, int length) {
        if (loop.length < tail + length) {
            loop = Arrays.copyOf(loop, 2 * (tail + length));
        }
        // Nothing may depend on what an earlier read left in the array.
        Arrays.fill(loop, tail, loop.length, (byte) '!');
        System.arraycopy(bytes, from, loop, tail, length);
        fed += length;
        int to = tail + length;
        batch.clear();
        int end = decoder.decode(loop, 0, to, batch);
        for (int r = 0; r < batch.size(); r++) {
            List<String> request = new ArrayList<>();
            Arguments arguments = batch.get(r);
            for (int i = 0; i < arguments.count(); i++) {
                request.add(arguments.text(i));
            }
            requests.add(request);
            attributed += batch.wireLength(r);
        }
        if (batch.error() != null) {
            error = batch.error();
        }
        tail = to - end;
        System.arraycopy(loop, end, loop, 0, tail);
        if (tail > RequestDecoder.MAX_TAIL_BYTES) {
            throw new AssertionError("tail: " + tail);
        }
        worstExcess = Math.max(worstExcess, decoder.retainedBytes() + tail - 4 * (fed - attributed));
    }

    RequestFeed whole(byte[] bytes) {
        for (int at = 0; at < bytes.length; at += 1 << 20) {
            feed(bytes, at, Math.min(1 << 20, bytes.length - at));
        }
        return this;
    }

    RequestFeed byteByByte(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            feed(bytes, i, 1);
        }
        return this;
    }

    RequestFeed split(byte[] bytes, Random random, int most) {
        for (int at = 0; at < bytes.length; ) {
            int n = Math.min(bytes.length - at, 1 + random.nextInt(most));
            feed(bytes, at, n);
            at += n;
        }
        return this;
    }

    int tail() {
        return tail;
    }

    long attributed() {
        return attributed;
    }
}
