package io.kdb.cluster.control;

import java.util.List;

/**
 * The highest generation known in force, durable before anything older is dropped. Immutable.
 *
 * @param clusterId the cluster
 * @param group its group in force
 * @param voters who votes in it
 */
record Note(String clusterId, GroupId group, List<String> voters) {
    byte[] encode() {
        return new WireWriter().text(clusterId).group(group).texts(voters).toBytes();
    }

    static Note decode(byte[] bytes) {
        WireReader in = new WireReader(bytes);
        Note note = new Note(in.text(), in.group(), in.texts());
        in.end();
        if (note.clusterId == null || note.group == null) {
            throw new WireException("note: a field is missing");
        }
        return note;
    }
}
