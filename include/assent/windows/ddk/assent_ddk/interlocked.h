// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_INTERLOCKED_H
#define ASSENT_WINDOWS_DDK_INTERLOCKED_H

#include "base.h"

ASSENT_DDK_C_BEGIN

// Full barriers, as the DDI promises, so sequentially consistent throughout.
ASSENT_DDK_INLINE LONG InterlockedIncrement(LONG volatile* value) {
    return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedDecrement(LONG volatile* value) {
    return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedExchange(LONG volatile* target, LONG value) {
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedExchangeAdd(LONG volatile* target, LONG value) {
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedOr(LONG volatile* target, LONG value) {
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedAnd(LONG volatile* target, LONG value) {
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedXor(LONG volatile* target, LONG value) {
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG InterlockedAdd(LONG volatile* target, LONG value) {
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE UCHAR InterlockedBitTestAndSet(LONG volatile* target, LONG bit) {
    return (UCHAR)((((ULONG)__atomic_fetch_or(target, (LONG)(1U << bit), __ATOMIC_SEQ_CST)) >> bit) & 1U);
}
ASSENT_DDK_INLINE UCHAR InterlockedBitTestAndReset(LONG volatile* target, LONG bit) {
    return (UCHAR)((((ULONG)__atomic_fetch_and(target, ~(LONG)(1U << bit), __ATOMIC_SEQ_CST)) >> bit) & 1U);
}
ASSENT_DDK_INLINE LONG InterlockedCompareExchange(LONG volatile* target, LONG exchange, LONG comparand) {
    __atomic_compare_exchange_n(target, &comparand, exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}
ASSENT_DDK_INLINE LONG64 InterlockedIncrement64(LONG64 volatile* value) {
    return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedDecrement64(LONG64 volatile* value) {
    return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedExchange64(LONG64 volatile* target, LONG64 value) {
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedExchangeAdd64(LONG64 volatile* target, LONG64 value) {
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedOr64(LONG64 volatile* target, LONG64 value) {
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedAnd64(LONG64 volatile* target, LONG64 value) {
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedXor64(LONG64 volatile* target, LONG64 value) {
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedAdd64(LONG64 volatile* target, LONG64 value) {
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE LONG64 InterlockedCompareExchange64(LONG64 volatile* target, LONG64 exchange,
                                                      LONG64 comparand) {
    __atomic_compare_exchange_n(target, &comparand, exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}
// Any pointer's address is taken, as public C sources pass it, and whatever the pointer's type.
typedef PVOID __attribute__((__may_alias__)) ASSENT_DDK_ANY_POINTER;
ASSENT_DDK_INLINE PVOID InterlockedExchangePointer(volatile void* target, PVOID value) {
    return __atomic_exchange_n((ASSENT_DDK_ANY_POINTER volatile*)target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE PVOID InterlockedCompareExchangePointer(volatile void* target, PVOID exchange,
                                                          PVOID comparand) {
    ASSENT_DDK_ANY_POINTER found = comparand;
    __atomic_compare_exchange_n((ASSENT_DDK_ANY_POINTER volatile*)target, &found, exchange, 0,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return found;
}

// The spellings with weaker ordering: what they promise, the full barrier keeps.
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedExchangeAcquire InterlockedExchange
#define InterlockedExchangeRelease InterlockedExchange
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedExchangeAddAcquire InterlockedExchangeAdd
#define InterlockedExchangeAddRelease InterlockedExchangeAdd
#define InterlockedExchangeAddNoFence InterlockedExchangeAdd
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange
#define InterlockedOrAcquire InterlockedOr
#define InterlockedOrRelease InterlockedOr
#define InterlockedOrNoFence InterlockedOr
#define InterlockedAndAcquire InterlockedAnd
#define InterlockedAndRelease InterlockedAnd
#define InterlockedAndNoFence InterlockedAnd
#define InterlockedXorAcquire InterlockedXor
#define InterlockedXorRelease InterlockedXor
#define InterlockedXorNoFence InterlockedXor
#define InterlockedIncrementAcquire64 InterlockedIncrement64
#define InterlockedIncrementRelease64 InterlockedIncrement64
#define InterlockedIncrementNoFence64 InterlockedIncrement64
#define InterlockedDecrementAcquire64 InterlockedDecrement64
#define InterlockedDecrementRelease64 InterlockedDecrement64
#define InterlockedDecrementNoFence64 InterlockedDecrement64
#define InterlockedExchangeAcquire64 InterlockedExchange64
#define InterlockedExchangeRelease64 InterlockedExchange64
#define InterlockedExchangeNoFence64 InterlockedExchange64
#define InterlockedExchangeAddAcquire64 InterlockedExchangeAdd64
#define InterlockedExchangeAddRelease64 InterlockedExchangeAdd64
#define InterlockedExchangeAddNoFence64 InterlockedExchangeAdd64
#define InterlockedCompareExchangeAcquire64 InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64 InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64 InterlockedCompareExchange64
#define InterlockedOrAcquire64 InterlockedOr64
#define InterlockedOrRelease64 InterlockedOr64
#define InterlockedOrNoFence64 InterlockedOr64
#define InterlockedAndAcquire64 InterlockedAnd64
#define InterlockedAndRelease64 InterlockedAnd64
#define InterlockedAndNoFence64 InterlockedAnd64
#define InterlockedXorAcquire64 InterlockedXor64
#define InterlockedXorRelease64 InterlockedXor64
#define InterlockedXorNoFence64 InterlockedXor64
#define InterlockedExchangePointerAcquire InterlockedExchangePointer
#define InterlockedExchangePointerRelease InterlockedExchangePointer
#define InterlockedExchangePointerNoFence InterlockedExchangePointer
#define InterlockedCompareExchangePointerAcquire InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerRelease InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer

// Reads and writes that say how they are ordered; the NoFence and Raw ones are relaxed atomics.
#define ASSENT_DDK_READ(name, type, from, held, order)                                                       \
    ASSENT_DDK_INLINE type name(from) { return __atomic_load_n((held const volatile*)source, order); }
#define ASSENT_DDK_WRITE(name, type, to, held, order)                                                        \
    ASSENT_DDK_INLINE VOID name(to, type value) {                                                            \
        __atomic_store_n((held volatile*)destination, value, order);                                         \
    }
#define ASSENT_DDK_ACCESS(word, end, type, object, held)                                                     \
    ASSENT_DDK_READ(Read##word##Acquire##end, type, const volatile object* source, held, __ATOMIC_ACQUIRE)   \
    ASSENT_DDK_READ(Read##word##NoFence##end, type, const volatile object* source, held, __ATOMIC_RELAXED)   \
    ASSENT_DDK_READ(Read##word##Raw##end, type, const volatile object* source, held, __ATOMIC_RELAXED)       \
    ASSENT_DDK_WRITE(Write##word##Release##end, type, volatile object* destination, held, __ATOMIC_RELEASE)  \
    ASSENT_DDK_WRITE(Write##word##NoFence##end, type, volatile object* destination, held, __ATOMIC_RELAXED)  \
    ASSENT_DDK_WRITE(Write##word##Raw##end, type, volatile object* destination, held, __ATOMIC_RELAXED)
ASSENT_DDK_ACCESS(, , LONG, LONG, LONG)
ASSENT_DDK_ACCESS(, 64, LONG64, LONG64, LONG64)
ASSENT_DDK_ACCESS(UChar, , UCHAR, UCHAR, UCHAR)
ASSENT_DDK_ACCESS(UShort, , USHORT, USHORT, USHORT)
ASSENT_DDK_ACCESS(ULong, , ULONG, ULONG, ULONG)
ASSENT_DDK_ACCESS(ULong64, , ULONG64, ULONG64, ULONG64)
ASSENT_DDK_ACCESS(Pointer, , PVOID, void, ASSENT_DDK_ANY_POINTER)
#undef ASSENT_DDK_ACCESS
#undef ASSENT_DDK_WRITE
#undef ASSENT_DDK_READ

#define YieldProcessor() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

ASSENT_DDK_C_END

#endif
