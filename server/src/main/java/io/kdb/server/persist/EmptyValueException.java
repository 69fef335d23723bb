package io.kdb.server.persist;

/** A collection without elements, as old versions of Redis wrote some: a file's loader leaves the key out. */
final class EmptyValueException extends RdbException {
    private static final long serialVersionUID = 1L;

    EmptyValueException(long offset) {
        super(offset, "an empty collection");
    }
}
