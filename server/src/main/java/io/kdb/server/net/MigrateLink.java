package io.kdb.server.net;

import io.kdb.server.migration.TargetLinks;
import io.kdb.server.persist.PiecedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One connection to a target of MIGRATE: sends commands whose replies are lines, and collects these. Owner: its event loop;
 * one exchange at a time.
 */
final class MigrateLink extends ChannelInboundHandlerAdapter {
    private static final int MOST_LINE_BYTES = 64 << 10;
    private static final int NO_DB = -1;

    /** One request with what came back for it. */
    private static final class Exchange {
        final TargetLinks.Request request;
        final boolean selects;
        final CompletableFuture<TargetLinks.Answer> result = new CompletableFuture<>();
        final List<String> lines = new ArrayList<>();
        long activeNanos = System.nanoTime();
        int unwritten;

        Exchange(TargetLinks.Request request, boolean selects) {
            this.request = request;
            this.selects = selects;
        }

        int before() {
            return (request.auth() == null ? 0 : 1) + (selects ? 1 : 0);
        }

        TargetLinks.Answer answer(TargetLinks.Trouble trouble) {
            int auth = request.auth() == null ? 0 : 1;
            return new TargetLinks.Answer(
                    auth == 1 && !lines.isEmpty() ? lines.get(0) : null,
                    selects && lines.size() > auth ? lines.get(auth) : null,
                    lines.subList(Math.min(before(), lines.size()), lines.size()),
                    trouble);
        }
    }

    private final StringBuilder line = new StringBuilder();
    private volatile Channel channel;
    private volatile long uses;
    private volatile boolean unheard;
    private ChannelHandlerContext context;
    private Exchange exchange;
    private int db = NO_DB;

    Channel channel() {
        return channel;
    }

    /** How many exchanges it has begun. */
    long uses() {
        return uses;
    }

    /** Whether the last exchange failed before anything came back, and not for want of time: the peer had hung up. */
    boolean isUnheard() {
        return unheard;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        channel = added.channel();
    }

    /** Any thread. */
    CompletableFuture<TargetLinks.Answer> ask(TargetLinks.Request request) {
        CompletableFuture<TargetLinks.Answer> result = new CompletableFuture<>();
        channel.eventLoop().execute(() -> {
            var unused = start(request).thenAccept(result::complete);
        });
        return result;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // only its event loop writes
    private CompletableFuture<TargetLinks.Answer> start(TargetLinks.Request request) {
        uses = uses + 1;
        unheard = false;
        Exchange begun = new Exchange(request, db != request.db());
        exchange = begun;
        if (!channel.isActive()) {
            end(TargetLinks.Trouble.WRITING, true);
            return begun.result;
        }
        if (request.auth() != null) {
            write(request.auth());
        }
        if (begun.selects) {
            String number = Integer.toString(request.db());
            PiecedBytes select = new PiecedBytes();
            byte[] bytes = ("*2\r\n$6\r\nSELECT\r\n$" + number.length() + "\r\n" + number + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            select.write(bytes, 0, bytes.length);
            write(select);
        }
        write(request.commands());
        context.flush();
        watch(begun, request.timeoutMs());
        return begun.result;
    }

    private void write(PiecedBytes bytes) {
        Exchange now = exchange;
        for (int i = 0; i < bytes.pieceCount(); i++) {
            now.unwritten++;
            context.write(Unpooled.wrappedBuffer(bytes.piece(i), 0, bytes.pieceLength(i)))
                    .addListener(written -> {
                        now.unwritten--;
                        now.activeNanos = System.nanoTime();
                    });
        }
    }

    /** Ends the exchange once nothing has happened for its timeout. */
    private void watch(Exchange watched, long waitMs) {
        var unused = channel.eventLoop()
                .schedule(
                        () -> {
                            if (exchange != watched) {
                                return;
                            }
                            long idleMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - watched.activeNanos);
                            long leftMs = watched.request.timeoutMs() - idleMs;
                            if (leftMs > 0) {
                                watch(watched, leftMs);
                            } else {
                                end(trouble(), false);
                            }
                        },
                        waitMs,
                        TimeUnit.MILLISECONDS);
    }

    private TargetLinks.Trouble trouble() {
        return exchange.unwritten > 0 ? TargetLinks.Trouble.WRITING : TargetLinks.Trouble.READING;
    }

    @Override
    public void channelRead(ChannelHandlerContext active, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                char c = (char) in.readUnsignedByte();
                if (c == '\n') {
                    line.setLength(Math.max(0, line.length() - 1));
                    String complete = line.toString();
                    line.setLength(0);
                    reply(complete);
                } else if (line.append(c).length() > MOST_LINE_BYTES) {
                    var unusedClose = active.close();
                    return;
                }
            }
        } finally {
            in.release();
        }
    }

    private void reply(String text) {
        Exchange now = exchange;
        if (now == null || text.isEmpty() || text.charAt(0) != '+' && text.charAt(0) != '-') {
            var unusedClose = context.close(); // not what such a command is answered with
            return;
        }
        now.activeNanos = System.nanoTime();
        now.lines.add(text);
        if (now.selects && now.lines.size() == now.before()) {
            db = text.charAt(0) == '+' ? now.request.db() : NO_DB;
        }
        if (now.lines.size() == now.before() + now.request.count()) {
            exchange = null;
            now.result.complete(now.answer(TargetLinks.Trouble.NONE));
        }
    }

    private void end(TargetLinks.Trouble trouble, boolean hungUp) {
        Exchange now = exchange;
        if (now != null) {
            exchange = null;
            unheard = hungUp && now.lines.isEmpty();
            var unusedClose = channel.close();
            now.result.complete(now.answer(trouble));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        if (exchange != null) {
            end(trouble(), true);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext active, Throwable cause) {
        var unusedClose = active.close();
    }
}
