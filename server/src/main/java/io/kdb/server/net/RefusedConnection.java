package io.kdb.server.net;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Tells a peer in one error line why it may not connect, and closes. Owner: the connection's event loop. */
final class RefusedConnection extends ChannelInboundHandlerAdapter {
    private final String line;

    RefusedConnection(String line) {
        this.line = line;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        byte[] bytes = ("-" + line + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        ctx.writeAndFlush(ctx.alloc().buffer(bytes.length).writeBytes(bytes)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var unused = ctx.close();
    }
}
