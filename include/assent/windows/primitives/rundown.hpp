// SPDX-License-Identifier: BSL-1.0
// Defines run-down protection. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_RUNDOWN_HPP
#define ASSENT_WINDOWS_PRIMITIVES_RUNDOWN_HPP

#include <mutex>

#include "../ddk/assent_ddk/rundown.h"
#include "bug_check.hpp"
#include "wait_table.hpp"

namespace assent::windows::detail {
// In EX_RUNDOWN_REF::Count, under the structure's bucket: the lowest bit says that its owner waits or has waited;
// the rest counts users.
inline constexpr ULONG_PTR run_down = 1;
inline constexpr ULONG_PTR one_user = 2;

inline void set_rundown(PEX_RUNDOWN_REF ref, ULONG_PTR count) {
    const std::lock_guard guard(bucket_of(ref).lock);
    ref->Count = count;
}
} // namespace assent::windows::detail

extern "C" {

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF ref) { assent::windows::detail::set_rundown(ref, 0); }
VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF ref) { assent::windows::detail::set_rundown(ref, 0); }
VOID ExRundownCompleted(PEX_RUNDOWN_REF ref) {
    assent::windows::detail::set_rundown(ref, assent::windows::detail::run_down);
}

/// FALSE: it is run down, nothing was acquired.
BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count) {
    using namespace assent::windows::detail;
    const std::lock_guard guard(bucket_of(ref).lock);
    if ((ref->Count & run_down) != 0) return FALSE;
    ref->Count = ref->Count + count * one_user;
    return TRUE;
}
BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF ref) { return ExAcquireRundownProtectionEx(ref, 1); }

VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count) {
    using namespace assent::windows;
    detail::wait_bucket& bucket = detail::bucket_of(ref);
    bool too_often = false;
    {
        const std::lock_guard guard(bucket.lock);
        too_often = ref->Count / detail::one_user < count;
        if (!too_often) ref->Count = ref->Count - count * detail::one_user;
    }
    if (too_often)
        bug_check({bug_check_codes::driver_verifier_detected_violation,
                   {reinterpret_cast<ULONG_PTR>(ref), 0, 0, 0},
                   "run-down protection was released more often than acquired"});
    bucket.changed.notify_all();
}
VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF ref) { ExReleaseRundownProtectionEx(ref, 1); }

/// Lets nobody in any more, and returns when those inside have left.
VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF ref) {
    using namespace assent::windows::detail;
    wait_bucket& bucket = bucket_of(ref);
    std::unique_lock guard(bucket.lock);
    ref->Count = ref->Count | run_down;
    bucket.changed.wait(guard, [&] { return ref->Count == run_down; });
}

} // extern "C"

#endif
