package io.kdb.server.pubsub;

/**
 * One published message, as it travels to the loops of its subscribers. Immutable.
 *
 * @param shard sent by SPUBLISH
 * @param frame what the channel's subscribers get
 * @param patterns the patterns that match the channel
 * @param patternFrames what each pattern's subscribers get
 * @param lost it did not fit: its subscribers are closed instead
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record Message(Channel channel, boolean shard, byte[] frame, Channel[] patterns, byte[][] patternFrames, boolean lost)
        implements Parcel {
    @Override
    public long bytes() {
        long bytes = 64L + frame.length;
        for (byte[] each : patternFrames) {
            bytes += each.length;
        }
        return bytes;
    }

    @Override
    public void open(LoopSubscribers at) {
        at.deliver(this, false);
    }

    @Override
    public Message withoutContent() {
        return new Message(channel, shard, new byte[0], patterns, new byte[patterns.length][0], true);
    }
}
