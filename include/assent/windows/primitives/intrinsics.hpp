// SPDX-License-Identifier: BSL-1.0
// Defines what other DDK headers take for compiler intrinsics. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_INTRINSICS_HPP
#define ASSENT_WINDOWS_PRIMITIVES_INTRINSICS_HPP

#include "../ddk/assent_ddk/irql.h"
#include "irql.hpp"

// A driver compiled for this machine against the headers of a Windows DDK calls these as functions. For Windows
// itself those headers bring them. Their names are reserved in C++, so they are given to the linker only.
#if !defined(_WIN32)

extern "C" {

LONG assent_increment(volatile LONG* at) asm("_InterlockedIncrement");
LONG assent_increment(volatile LONG* at) { return __atomic_add_fetch(at, 1, __ATOMIC_SEQ_CST); }
LONG assent_decrement(volatile LONG* at) asm("_InterlockedDecrement");
LONG assent_decrement(volatile LONG* at) { return __atomic_sub_fetch(at, 1, __ATOMIC_SEQ_CST); }
LONG assent_exchange(volatile LONG* at, LONG value) asm("_InterlockedExchange");
LONG assent_exchange(volatile LONG* at, LONG value) {
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}
LONG assent_exchange_add(volatile LONG* at, LONG value) asm("_InterlockedExchangeAdd");
LONG assent_exchange_add(volatile LONG* at, LONG value) {
    return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
LONG assent_and(volatile LONG* at, LONG value) asm("_InterlockedAnd");
LONG assent_and(volatile LONG* at, LONG value) { return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST); }
LONG assent_or(volatile LONG* at, LONG value) asm("_InterlockedOr");
LONG assent_or(volatile LONG* at, LONG value) { return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST); }
LONG assent_xor(volatile LONG* at, LONG value) asm("_InterlockedXor");
LONG assent_xor(volatile LONG* at, LONG value) { return __atomic_fetch_xor(at, value, __ATOMIC_SEQ_CST); }
LONG assent_compare_exchange(volatile LONG* at, LONG value, LONG expected) asm("_InterlockedCompareExchange");
LONG assent_compare_exchange(volatile LONG* at, LONG value, LONG expected) {
    __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

LONG64 assent_increment64(volatile LONG64* at) asm("_InterlockedIncrement64");
LONG64 assent_increment64(volatile LONG64* at) { return __atomic_add_fetch(at, 1, __ATOMIC_SEQ_CST); }
LONG64 assent_decrement64(volatile LONG64* at) asm("_InterlockedDecrement64");
LONG64 assent_decrement64(volatile LONG64* at) { return __atomic_sub_fetch(at, 1, __ATOMIC_SEQ_CST); }
LONG64 assent_exchange64(volatile LONG64* at, LONG64 value) asm("_InterlockedExchange64");
LONG64 assent_exchange64(volatile LONG64* at, LONG64 value) {
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}
LONG64 assent_exchange_add64(volatile LONG64* at, LONG64 value) asm("_InterlockedExchangeAdd64");
LONG64 assent_exchange_add64(volatile LONG64* at, LONG64 value) {
    return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
LONG64 assent_compare_exchange64(volatile LONG64* at, LONG64 value,
                                 LONG64 expected) asm("_InterlockedCompareExchange64");
LONG64 assent_compare_exchange64(volatile LONG64* at, LONG64 value, LONG64 expected) {
    __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

PVOID assent_exchange_pointer(PVOID volatile* at, PVOID value) asm("_InterlockedExchangePointer");
PVOID assent_exchange_pointer(PVOID volatile* at, PVOID value) {
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}
PVOID assent_compare_exchange_pointer(PVOID volatile* at, PVOID value,
                                      PVOID expected) asm("_InterlockedCompareExchangePointer");
PVOID assent_compare_exchange_pointer(PVOID volatile* at, PVOID value, PVOID expected) {
    __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

// Those headers read and write the level where the processor has it.
ULONG64 assent_read_level() asm("__readcr8");
ULONG64 assent_read_level() { return KeGetCurrentIrql(); }
void assent_write_level(ULONG64 level) asm("__writecr8");
void assent_write_level(ULONG64 level) {
    assent::windows::current_irql_state().level = static_cast<KIRQL>(level);
}

} // extern "C"

#endif

#endif
