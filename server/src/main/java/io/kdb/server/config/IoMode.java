package io.kdb.server.config;

/** {@code io}: the kernel interface the I/O threads use; {@code auto} takes the best that works. */
public enum IoMode {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
}
