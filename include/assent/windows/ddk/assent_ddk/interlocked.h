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
ASSENT_DDK_INLINE PVOID InterlockedExchangePointer(PVOID volatile* target, PVOID value) {
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
ASSENT_DDK_INLINE PVOID InterlockedCompareExchangePointer(PVOID volatile* target, PVOID exchange,
                                                          PVOID comparand) {
    __atomic_compare_exchange_n(target, &comparand, exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return comparand;
}

// The spellings with weaker ordering: what they promise, the full barrier keeps.
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange

#define YieldProcessor() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

ASSENT_DDK_C_END

#endif
