package io.kdb.server.store;

/** How a value is kept, as OBJECT ENCODING names it. Constants; at most 15, since a record has four bits for it. */
public final class Encoding {
    public static final int RAW = 0;
    public static final int INT = 1;
    public static final int HASHTABLE = 2;
    public static final int INTSET = 6;
    public static final int SKIPLIST = 7;
    public static final int EMBSTR = 8;
    public static final int QUICKLIST = 9;
    public static final int STREAM = 10;
    public static final int LISTPACK = 11;
    /** A hash with expiries of fields that would be a listpack without. */
    public static final int LISTPACK_EX = 12;
    /** A hash with expiries of fields that would be a hashtable without, and says so. */
    public static final int HASHTABLE_EX = 13;

    /** The longest string that Redis embeds in its object. */
    private static final int EMBSTR_LIMIT = 44;

    private Encoding() {}

    /** What SET gives a string: int when it is a 64-bit number in its shortest form, embstr up to 44 bytes, else raw. */
    public static int ofString(byte[] value, int offset, int length) {
        if (length > EMBSTR_LIMIT) {
            return RAW;
        }
        return isInteger(value, offset, length) ? INT : EMBSTR;
    }

    private static boolean isInteger(byte[] value, int offset, int length) {
        if (length == 0 || length > 20) {
            return false;
        }
        boolean negative = value[offset] == '-';
        int digits = negative ? length - 1 : length;
        int first = negative ? offset + 1 : offset;
        if (digits == 0 || digits > 19 || (value[first] == '0' && length > 1)) {
            return false;
        }
        long number = 0;
        for (int i = first; i < first + digits; i++) {
            int digit = value[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            number = number * 10 - digit; // downwards: the smallest long has no positive twin
        }
        // 19 digits can pass the end once: then the sign is wrong
        return number < 0 ? negative || number != Long.MIN_VALUE : number == 0 && digits == 1;
    }
}
