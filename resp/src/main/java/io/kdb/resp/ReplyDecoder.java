package io.kdb.resp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.redis.RedisMessage;
import java.util.List;

/**
 * The replies of a server as whole messages in a Netty pipeline: {@link ReplyParser} says which. Malformed bytes fire a
 * {@code DecoderException} whose cause is {@link ProtocolError}, once; what follows is ignored. Owner: the channel's event
 * loop.
 */
public final class ReplyDecoder extends ByteToMessageDecoder {
    private final ReplyParser parser;

    public ReplyDecoder() {
        this(ReplyLimits.DEFAULT);
    }

    public ReplyDecoder(ReplyLimits limits) {
        parser = new ReplyParser(limits);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        RedisMessage reply = parser.next(in, context.alloc());
        if (reply != null) {
            out.add(reply);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        super.channelInactive(context);
        parser.release();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        parser.release();
    }
}
