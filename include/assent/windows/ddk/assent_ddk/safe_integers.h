// SPDX-License-Identifier: BSL-1.0
// Integer arithmetic and conversions that say when the result does not fit: it is all ones then.
#ifndef ASSENT_WINDOWS_DDK_SAFE_INTEGERS_H
#define ASSENT_WINDOWS_DDK_SAFE_INTEGERS_H

#include "status.h"

#define ASSENT_DDK_ARITHMETIC(name, type, builtin)                                                           \
    ASSENT_DDK_INLINE NTSTATUS name(type left, type right, type* result) {                                   \
        if (!builtin(left, right, result)) return STATUS_SUCCESS;                                            \
        *result = (type)-1;                                                                                  \
        return STATUS_INTEGER_OVERFLOW;                                                                      \
    }
#define ASSENT_DDK_ARITHMETICS(word, type)                                                                   \
    ASSENT_DDK_ARITHMETIC(Rtl##word##Add, type, __builtin_add_overflow)                                      \
    ASSENT_DDK_ARITHMETIC(Rtl##word##Sub, type, __builtin_sub_overflow)                                      \
    ASSENT_DDK_ARITHMETIC(Rtl##word##Mult, type, __builtin_mul_overflow)
// Adding zero keeps the value, and the builtin says whether the result can hold it.
#define ASSENT_DDK_CONVERSION(name, from, to)                                                                \
    ASSENT_DDK_INLINE NTSTATUS name(from value, to* result) {                                                \
        if (!__builtin_add_overflow(value, 0, result)) return STATUS_SUCCESS;                                \
        *result = (to)-1;                                                                                    \
        return STATUS_INTEGER_OVERFLOW;                                                                      \
    }
#define ASSENT_DDK_CONVERSIONS(word, from)                                                                   \
    ASSENT_DDK_CONVERSION(Rtl##word##ToUChar, from, UCHAR)                                                   \
    ASSENT_DDK_CONVERSION(Rtl##word##ToUShort, from, USHORT)                                                 \
    ASSENT_DDK_CONVERSION(Rtl##word##ToUInt, from, UINT)                                                     \
    ASSENT_DDK_CONVERSION(Rtl##word##ToULong, from, ULONG)                                                   \
    ASSENT_DDK_CONVERSION(Rtl##word##ToInt, from, INT)                                                       \
    ASSENT_DDK_CONVERSION(Rtl##word##ToLong, from, LONG)                                                     \
    ASSENT_DDK_CONVERSION(Rtl##word##ToULongLong, from, ULONGLONG)                                           \
    ASSENT_DDK_CONVERSION(Rtl##word##ToSizeT, from, SIZE_T)                                                  \
    ASSENT_DDK_CONVERSION(Rtl##word##ToULongPtr, from, ULONG_PTR)

ASSENT_DDK_C_BEGIN

ASSENT_DDK_ARITHMETICS(UChar, UCHAR)
ASSENT_DDK_ARITHMETICS(UShort, USHORT)
ASSENT_DDK_ARITHMETICS(UInt, UINT)
ASSENT_DDK_ARITHMETICS(ULong, ULONG)
ASSENT_DDK_ARITHMETICS(ULongLong, ULONGLONG)
ASSENT_DDK_ARITHMETICS(ULongPtr, ULONG_PTR)
ASSENT_DDK_ARITHMETICS(SizeT, SIZE_T)
ASSENT_DDK_ARITHMETICS(Int, INT)
ASSENT_DDK_ARITHMETICS(Long, LONG)
ASSENT_DDK_ARITHMETICS(LongLong, LONGLONG)

ASSENT_DDK_CONVERSIONS(Int, INT)
ASSENT_DDK_CONVERSIONS(UInt, UINT)
ASSENT_DDK_CONVERSIONS(Long, LONG)
ASSENT_DDK_CONVERSIONS(ULong, ULONG)
ASSENT_DDK_CONVERSIONS(LongLong, LONGLONG)
ASSENT_DDK_CONVERSIONS(ULongLong, ULONGLONG)
ASSENT_DDK_CONVERSIONS(SizeT, SIZE_T)
ASSENT_DDK_CONVERSIONS(ULongPtr, ULONG_PTR)

ASSENT_DDK_C_END

#undef ASSENT_DDK_CONVERSIONS
#undef ASSENT_DDK_CONVERSION
#undef ASSENT_DDK_ARITHMETICS
#undef ASSENT_DDK_ARITHMETIC

#endif
