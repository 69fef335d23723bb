package io.kdb.server.net;

import io.kdb.server.migration.TargetLinks;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** MIGRATE's connections; one that is idle is kept for ten seconds, as Redis does. Thread-safe. */
public final class MigrateLinks implements TargetLinks {
    private static final long IDLE_SECONDS = 10;
    private static final int MOST_IDLE = 64;

    private final EventLoopGroup group;
    private final Transport transport;
    private final Map<String, ArrayDeque<MigrateLink>> idle = new HashMap<>();
    private int idleCount;

    /** {@code group}: the event loops to run on. */
    public MigrateLinks(EventLoopGroup group, Transport transport) {
        this.group = group;
        this.transport = transport;
    }

    @Override
    public CompletableFuture<Answer> ask(String host, int port, Request request) {
        // A connection that one user has authenticated is not for another.
        String auth = request.auth() == null
                ? ""
                : " " + new String(request.auth().toByteArray(), StandardCharsets.ISO_8859_1);
        String address = host + ":" + port + auth;
        MigrateLink cached = takeIdle(address);
        if (cached == null) {
            return connect(address, host, port, request);
        }
        // The target may have closed a connection that lay idle: then, and only then, a second try is safe.
        return ask(address, cached, request)
                .thenCompose(answer -> cached.isUnheard()
                        ? connect(address, host, port, request)
                        : CompletableFuture.completedFuture(answer));
    }

    private CompletableFuture<Answer> connect(String address, String host, int port, Request request) {
        CompletableFuture<Answer> result = new CompletableFuture<>();
        MigrateLink link = new MigrateLink();
        ChannelFuture connecting = new Bootstrap()
                .group(group)
                .channel(transport.clientChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, request.timeoutMs()))
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(link);
                    }
                })
                .connect(host, port);
        connecting.addListener(made -> {
            if (made.isSuccess()) {
                var unused = ask(address, link, request).thenAccept(result::complete);
            } else {
                result.complete(new Answer(null, null, List.of(), Trouble.WRITING));
            }
        });
        return result;
    }

    private CompletableFuture<Answer> ask(String address, MigrateLink link, Request request) {
        return link.ask(request).thenApply(answer -> {
            if (answer.trouble() == Trouble.NONE) {
                keep(address, link);
            }
            return answer;
        });
    }

    private synchronized MigrateLink takeIdle(String address) {
        ArrayDeque<MigrateLink> links = idle.get(address);
        while (links != null && !links.isEmpty()) {
            MigrateLink link = links.pollLast();
            idleCount--;
            if (link.channel().isActive()) {
                return link;
            }
        }
        return null;
    }

    private void keep(String address, MigrateLink link) {
        Channel channel = link.channel();
        long use = link.uses();
        synchronized (this) {
            if (idleCount < MOST_IDLE) {
                idleCount++;
                idle.computeIfAbsent(address, a -> new ArrayDeque<>()).add(link);
                var unusedTimer =
                        channel.eventLoop().schedule(() -> drop(address, link, use), IDLE_SECONDS, TimeUnit.SECONDS);
                return;
            }
        }
        var unusedClose = channel.close();
    }

    private void drop(String address, MigrateLink link, long use) {
        synchronized (this) {
            ArrayDeque<MigrateLink> links = idle.get(address);
            if (link.uses() != use || links == null || !links.remove(link)) {
                return;
            }
            idleCount--;
            if (links.isEmpty()) {
                idle.remove(address);
            }
        }
        var unusedClose = link.channel().close();
    }
}
