// SPDX-License-Identifier: BSL-1.0
// Defines mutexes and semaphores. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_MUTEX_HPP
#define ASSENT_WINDOWS_PRIMITIVES_MUTEX_HPP

#include <mutex>

#include "../ddk/assent_ddk/list.h"
#include "../ddk/assent_ddk/mutex.h"
#include "bug_check.hpp"
#include "irql.hpp"
#include "waiting.hpp"

namespace assent::windows::detail {

inline void initialize_header(DISPATCHER_HEADER& header, UCHAR type, std::size_t size, LONG state) {
    const std::lock_guard guard{bucket_of(&header).lock};
    header.Lock = 0;
    header.Type = type;
    header.Size = static_cast<UCHAR>(size / sizeof(ULONG));
    header.SignalState = state;
    InitializeListHead(&header.WaitListHead);
}

inline LONG read_state(DISPATCHER_HEADER& header) {
    const std::lock_guard guard{bucket_of(&header).lock};
    return header.SignalState;
}

inline constexpr LONG guarded_mutex_free = 1;

// State stays in the driver's structure, guarded by the bucket of its address.
inline bool lock_guarded_mutex(PKGUARDED_MUTEX mutex, bool wait) {
    auto& bucket = bucket_of(mutex);
    std::unique_lock guard{bucket.lock};
    if (mutex->Count != guarded_mutex_free) {
        if (!wait) return false;
        if (mutex->Owner == this_thread()) {
            bug_check({bug_check_codes::driver_verifier_detected_violation,
                       {reinterpret_cast<ULONG_PTR>(mutex), 0, 0, 0},
                       "guarded mutex acquired twice by one thread: on Windows it waits for ever"});
        }
        ++mutex->Contention;
        bucket.changed.wait(guard, [mutex] { return mutex->Count == guarded_mutex_free; });
    }
    mutex->Count = 0;
    mutex->Owner = this_thread();
    return true;
}

} // namespace assent::windows::detail

extern "C" {

VOID KeInitializeMutex(PRKMUTEX mutex, ULONG) {
    using namespace assent::windows::detail;
    *mutex = KMUTEX{};
    mutex->ApcDisable = 1;
    initialize_header(mutex->Header, object_types::mutex, sizeof(KMUTEX), 1);
}

LONG KeReadStateMutex(PRKMUTEX mutex) { return assent::windows::detail::read_state(mutex->Header); }

/// @return the state before, zero or less, as it was owned.
LONG KeReleaseMutex(PRKMUTEX mutex, BOOLEAN) {
    using namespace assent::windows;
    using namespace assent::windows::detail;
    auto& bucket = bucket_of(mutex);
    LONG before = 0;
    {
        const std::lock_guard guard{bucket.lock};
        if (mutex->Header.SignalState > 0 || mutex->OwnerThread != this_thread()) {
            bug_check({bug_check_codes::driver_verifier_detected_violation,
                       {reinterpret_cast<ULONG_PTR>(mutex), 0, 0, 0},
                       "KeReleaseMutex by a thread that does not own the mutex"});
        }
        before = mutex->Header.SignalState++;
        if (before < 0) return before;
        mutex->OwnerThread = nullptr;
    }
    --current_irql_state().critical_regions;
    wake(bucket);
    return before;
}

VOID KeInitializeSemaphore(PRKSEMAPHORE semaphore, LONG count, LONG limit) {
    using namespace assent::windows::detail;
    semaphore->Limit = limit;
    initialize_header(semaphore->Header, object_types::semaphore, sizeof(KSEMAPHORE), count);
}

LONG KeReadStateSemaphore(PRKSEMAPHORE semaphore) {
    return assent::windows::detail::read_state(semaphore->Header);
}

LONG KeReleaseSemaphore(PRKSEMAPHORE semaphore, KPRIORITY, LONG adjustment, BOOLEAN) {
    using namespace assent::windows;
    auto& bucket = detail::bucket_of(semaphore);
    LONG before = 0;
    {
        const std::lock_guard guard{bucket.lock};
        before = semaphore->Header.SignalState;
        if (adjustment <= 0 || adjustment > semaphore->Limit - before) {
            bug_check({bug_check_codes::driver_verifier_detected_violation,
                       {reinterpret_cast<ULONG_PTR>(semaphore), 0, 0, 0},
                       "KeReleaseSemaphore beyond the limit"});
        }
        semaphore->Header.SignalState = before + adjustment;
    }
    detail::wake(bucket);
    return before;
}

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex) {
    *mutex = KGUARDED_MUTEX{};
    mutex->Count = assent::windows::detail::guarded_mutex_free;
}

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex) {
    KeEnterGuardedRegion();
    static_cast<void>(assent::windows::detail::lock_guarded_mutex(mutex, true));
}

BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex) {
    if (!assent::windows::detail::lock_guarded_mutex(mutex, false)) return FALSE;
    KeEnterGuardedRegion();
    return TRUE;
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex) {
    auto& bucket = assent::windows::detail::bucket_of(mutex);
    {
        const std::lock_guard guard{bucket.lock};
        mutex->Owner = nullptr;
        mutex->Count = assent::windows::detail::guarded_mutex_free;
    }
    bucket.changed.notify_all();
    KeLeaveGuardedRegion();
}

} // extern "C"

#endif
