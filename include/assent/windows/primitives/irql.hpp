// SPDX-License-Identifier: BSL-1.0
// Defines the IRQL functions and what identifies a thread. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_IRQL_HPP
#define ASSENT_WINDOWS_PRIMITIVES_IRQL_HPP

#include <atomic>
#include <cstdint>

#include "../ddk/assent_ddk/irql.h"
#include "../ddk/assent_ddk/object.h"
#include "bug_check.hpp"
#include "irql_state.hpp"
#include "waiting.hpp"

extern "C" {

KIRQL KeGetCurrentIrql(VOID) { return assent::windows::current_irql_state().level; }

KIRQL KfRaiseIrql(KIRQL level) {
    auto& state = assent::windows::current_irql_state();
    const KIRQL before = state.level;
    if (level < before) {
        assent::windows::bug_check({assent::windows::bug_check_codes::irql_not_greater_or_equal,
                                    {before, level, 0, 0},
                                    "KeRaiseIrql to a level below the current one"});
    }
    state.level = level;
    return before;
}

VOID KeRaiseIrql(KIRQL level, PKIRQL before) { *before = KfRaiseIrql(level); }

KIRQL KeRaiseIrqlToDpcLevel(VOID) { return KfRaiseIrql(DISPATCH_LEVEL); }

VOID KeLowerIrql(KIRQL level) {
    auto& state = assent::windows::current_irql_state();
    if (level > state.level) {
        assent::windows::bug_check({assent::windows::bug_check_codes::irql_not_less_or_equal,
                                    {level, state.level, 0, 0},
                                    "KeLowerIrql to a level above the current one"});
    }
    state.level = level;
}

VOID KeEnterCriticalRegion(VOID) { ++assent::windows::current_irql_state().critical_regions; }
VOID KeLeaveCriticalRegion(VOID) { --assent::windows::current_irql_state().critical_regions; }
VOID KeEnterGuardedRegion(VOID) { ++assent::windows::current_irql_state().guarded_regions; }
VOID KeLeaveGuardedRegion(VOID) { --assent::windows::current_irql_state().guarded_regions; }

BOOLEAN KeAreAllApcsDisabled(VOID) {
    const auto& state = assent::windows::current_irql_state();
    return state.guarded_regions != 0 || state.level >= APC_LEVEL;
}

BOOLEAN KeAreApcsDisabled(VOID) {
    const auto& state = assent::windows::current_irql_state();
    return state.critical_regions != 0 || state.guarded_regions != 0;
}

PKTHREAD KeGetCurrentThread(VOID) { return assent::windows::detail::this_thread(); }
PETHREAD PsGetCurrentThread(VOID) { return reinterpret_cast<PETHREAD>(KeGetCurrentThread()); }

HANDLE PsGetCurrentThreadId(VOID) {
    static std::atomic<std::uintptr_t> last{0};
    // relaxed: only distinctness matters. Multiples of four, as Windows hands them out.
    thread_local const std::uintptr_t mine = 4 * (last.fetch_add(1, std::memory_order_relaxed) + 1);
    return reinterpret_cast<HANDLE>(mine);
}

} // extern "C"

#endif
