package io.kdb.server.replication;

/**
 * How a replica's link to its primary is. Immutable.
 *
 * @param lastReceivedMs when something last came, or -1
 * @param downSinceMs since when it is not connected, or -1
 * @param totalBytes the length of the file in transfer, or -1 when it is not known
 * @param readBytes how much of it has come
 */
public record LinkStatus(State state, long lastReceivedMs, long downSinceMs, long totalBytes, long readBytes) {
    /** As ROLE names them. */
    public enum State {
        CONNECT("connect"),
        CONNECTING("connecting"),
        HANDSHAKE("handshake"),
        SYNC("sync"),
        CONNECTED("connected");

        private final String text;

        State(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** INFO's master_link_status:up. */
    public boolean isUp() {
        return state == State.CONNECTED;
    }
}
