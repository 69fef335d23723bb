package io.kdb.cluster.control;

/** The node's say in joins. Thread-safe; called on the control thread, so it must not wait. */
public interface JoinGate {
    /** Lets everybody in and ignores invitations. */
    JoinGate OPEN = new JoinGate() {
        @Override
        public String refuseJoiner(String nodeId, byte[] facts) {
            return null;
        }

        @Override
        public String invited(String host, int port, byte[] facts) {
            return "this node takes no invitations";
        }
    };

    /**
     * A lone node wants to join this node's cluster.
     *
     * @param facts what it says of itself (the argument of its {@link ControlPlane#join})
     * @return null, or the reason why not
     */
    String refuseJoiner(String nodeId, byte[] facts);

    /**
     * A node invites this lone node into its cluster; whoever implements this calls {@link ControlPlane#join} later, on a
     * thread of its own.
     *
     * @return null when that will be tried, or the reason why not
     */
    String invited(String host, int port, byte[] facts);
}
