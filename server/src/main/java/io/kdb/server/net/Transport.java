package io.kdb.server.net;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;

/** How the kernel is asked for bytes: {@code --io auto|io_uring|epoll|nio}. Immutable. */
public enum Transport {
    IO_URING {
        @Override
        public boolean isAvailable() {
            return IoUring.isAvailable();
        }

        @Override
        public IoHandlerFactory handlers() {
            return IoUringIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return IoUringServerSocketChannel.class;
        }

        @Override
        public Class<? extends SocketChannel> clientChannel() {
            return IoUringSocketChannel.class;
        }

        @Override
        public Throwable unavailabilityCause() {
            return IoUring.unavailabilityCause();
        }
    },
    EPOLL {
        @Override
        public boolean isAvailable() {
            return Epoll.isAvailable();
        }

        @Override
        public IoHandlerFactory handlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return EpollServerSocketChannel.class;
        }

        @Override
        public Class<? extends SocketChannel> clientChannel() {
            return EpollSocketChannel.class;
        }

        @Override
        public Throwable unavailabilityCause() {
            return Epoll.unavailabilityCause();
        }
    },
    NIO {
        @Override
        public boolean isAvailable() {
            return true;
        }

        @Override
        public IoHandlerFactory handlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return NioServerSocketChannel.class;
        }

        @Override
        public Class<? extends SocketChannel> clientChannel() {
            return NioSocketChannel.class;
        }

        @Override
        public Throwable unavailabilityCause() {
            return null;
        }
    };

    /** Whether this machine and kernel allow it; creates a ring or an epoll descriptor to find out. */
    public abstract boolean isAvailable();

    public abstract IoHandlerFactory handlers();

    public abstract Class<? extends ServerSocketChannel> serverChannel();

    public abstract Class<? extends SocketChannel> clientChannel();

    /** Why {@link #isAvailable} said no; null when it is available. */
    public abstract Throwable unavailabilityCause();

    /**
     * The transport that {@code name} asks for; {@code auto} is the first available of io_uring, epoll and NIO.
     *
     * @throws IllegalArgumentException for an unknown name, or one that is not available here
     */
    public static Transport choose(String name) {
        if (name.equals("auto")) {
            for (Transport transport : values()) {
                if (transport.isAvailable()) {
                    return transport;
                }
            }
        }
        for (Transport transport : values()) {
            if (transport.wireName().equals(name)) {
                if (!transport.isAvailable()) {
                    throw new IllegalArgumentException("io: " + name + " is not available here ("
                            + transport.unavailabilityCause().getMessage() + ")");
                }
                return transport;
            }
        }
        throw new IllegalArgumentException("io: " + name + " (expected: auto, io_uring, epoll, nio)");
    }

    /** Lower case, as the option and INFO write it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
