package io.kdb.server.persist;

import io.kdb.server.store.ValueType;

/** The {@link ValueRdb} of every type and of every form in a file. Owner: the thread that reads or writes. */
final class ValueRdbs {
    private final ValueRdb[] byType = new ValueRdb[8];
    private final ValueRdb[] byForm = new ValueRdb[RdbFormat.TYPE_COUNT];

    ValueRdbs() {
        add(
                ValueType.HASH,
                new HashRdb(),
                RdbFormat.TYPE_HASH,
                RdbFormat.TYPE_HASH_ZIPMAP,
                RdbFormat.TYPE_HASH_ZIPLIST,
                RdbFormat.TYPE_HASH_LISTPACK,
                RdbFormat.TYPE_HASH_METADATA_PRE_GA,
                RdbFormat.TYPE_HASH_LISTPACK_EX_PRE_GA,
                RdbFormat.TYPE_HASH_METADATA,
                RdbFormat.TYPE_HASH_LISTPACK_EX);
        add(ValueType.STREAM, new StreamRdb(), RdbFormat.TYPE_STREAM_LISTPACKS, RdbFormat.TYPE_STREAM_LISTPACKS_2);
        add(
                ValueType.ZSET,
                new SortedSetRdb(),
                RdbFormat.TYPE_ZSET,
                RdbFormat.TYPE_ZSET_2,
                RdbFormat.TYPE_ZSET_ZIPLIST,
                RdbFormat.TYPE_ZSET_LISTPACK);
        add(
                ValueType.LIST,
                new ListRdb(),
                RdbFormat.TYPE_LIST,
                RdbFormat.TYPE_LIST_ZIPLIST,
                RdbFormat.TYPE_LIST_QUICKLIST,
                RdbFormat.TYPE_LIST_QUICKLIST_2);
        add(ValueType.SET, new SetRdb(), RdbFormat.TYPE_SET, RdbFormat.TYPE_SET_INTSET, RdbFormat.TYPE_SET_LISTPACK);
    }

    private void add(int type, ValueRdb rdb, int... forms) {
        byType[type] = rdb;
        for (int form : forms) {
            byForm[form] = rdb;
        }
    }

    /** Null when there is none yet: strings have none. */
    ValueRdb ofType(int type) {
        return byType[type];
    }

    /** Null when it is no collection's form, or an unknown one. */
    ValueRdb ofForm(int form) {
        return form < byForm.length ? byForm[form] : null;
    }
}
