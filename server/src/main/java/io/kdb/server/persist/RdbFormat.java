package io.kdb.server.persist;

import java.nio.charset.StandardCharsets;

/** The numbers of the RDB format, as version 10 (Redis 7.0) has them. */
final class RdbFormat {
    static final int VERSION = 10;
    /** Where a hash has fields that expire: Redis 7.4's; the newest that is read. */
    static final int FIELD_TTL_VERSION = 12;

    static final byte[] MAGIC = "REDIS".getBytes(StandardCharsets.ISO_8859_1);

    static final int SLOT_INFO = 244;
    static final int FUNCTION2 = 245;
    static final int FUNCTION_PRE_GA = 246;
    static final int MODULE_AUX = 247;
    static final int IDLE = 248;
    static final int FREQ = 249;
    static final int AUX = 250;
    static final int RESIZEDB = 251;
    static final int EXPIRETIME_MS = 252;
    static final int EXPIRETIME = 253;
    static final int SELECTDB = 254;
    static final int EOF = 255;

    static final int TYPE_STRING = 0;
    static final int TYPE_LIST = 1;
    static final int TYPE_SET = 2;
    static final int TYPE_ZSET = 3;
    static final int TYPE_HASH = 4;
    static final int TYPE_ZSET_2 = 5;
    static final int TYPE_HASH_ZIPMAP = 9;
    static final int TYPE_LIST_ZIPLIST = 10;
    static final int TYPE_SET_INTSET = 11;
    static final int TYPE_ZSET_ZIPLIST = 12;
    static final int TYPE_HASH_ZIPLIST = 13;
    static final int TYPE_LIST_QUICKLIST = 14;
    static final int TYPE_STREAM_LISTPACKS = 15;
    static final int TYPE_HASH_LISTPACK = 16;
    static final int TYPE_ZSET_LISTPACK = 17;
    static final int TYPE_LIST_QUICKLIST_2 = 18;
    static final int TYPE_STREAM_LISTPACKS_2 = 19;
    static final int TYPE_SET_LISTPACK = 20;
    static final int TYPE_HASH_METADATA_PRE_GA = 22;
    static final int TYPE_HASH_LISTPACK_EX_PRE_GA = 23;
    static final int TYPE_HASH_METADATA = 24;
    static final int TYPE_HASH_LISTPACK_EX = 25;
    static final int TYPE_COUNT = 26;

    static final int LENGTH_6_BIT = 0;
    static final int LENGTH_14_BIT = 1;
    static final int LENGTH_32_BIT = 0x80;
    static final int LENGTH_64_BIT = 0x81;
    static final int ENCODED = 3;
    static final int ENCODED_INT8 = 0;
    static final int ENCODED_INT16 = 1;
    static final int ENCODED_INT32 = 2;
    static final int ENCODED_LZF = 3;

    /** The longest string that Redis may hold, so the longest that a file may announce. */
    static final long MAX_STRING = 512L << 20;

    private static final String[] TYPES = {
        "string",
        "list",
        "set",
        "zset",
        "hash",
        "zset-2",
        "module",
        "module-2",
        "type 8",
        "hash-zipmap",
        "list-ziplist",
        "set-intset",
        "zset-ziplist",
        "hash-ziplist",
        "list-quicklist",
        "stream-listpacks",
        "hash-listpack",
        "zset-listpack",
        "list-quicklist-2",
        "stream-listpacks-2",
        "set-listpack",
        "stream-listpacks-3",
        "hash-metadata-pre-ga",
        "hash-listpack-ex-pre-ga",
        "hash-metadata",
        "hash-listpack-ex"
    };

    private RdbFormat() {}

    static String typeName(int type) {
        return type < TYPES.length ? TYPES[type] : "type " + type;
    }
}
