package io.kdb.server.dispatch;

import io.kdb.server.store.Encoding;
import io.kdb.server.store.ValueType;

/** Types and encodings as TYPE, SCAN and OBJECT ENCODING name them. Stateless. */
public final class ValueNames {
    private ValueNames() {}

    public static String type(int type) {
        return switch (type) {
            case ValueType.STRING -> "string";
            case ValueType.LIST -> "list";
            case ValueType.SET -> "set";
            case ValueType.ZSET -> "zset";
            case ValueType.HASH -> "hash";
            case ValueType.STREAM -> "stream";
            default -> throw new IllegalStateException("type: " + type);
        };
    }

    public static String encoding(int encoding) {
        return switch (encoding) {
            case Encoding.RAW -> "raw";
            case Encoding.INT -> "int";
            case Encoding.EMBSTR -> "embstr";
            case Encoding.HASHTABLE, Encoding.HASHTABLE_EX -> "hashtable";
            case Encoding.INTSET -> "intset";
            case Encoding.SKIPLIST -> "skiplist";
            case Encoding.QUICKLIST -> "quicklist";
            case Encoding.STREAM -> "stream";
            case Encoding.LISTPACK -> "listpack";
            case Encoding.LISTPACK_EX -> "listpackex";
            default -> throw new IllegalStateException("encoding: " + encoding);
        };
    }
}
