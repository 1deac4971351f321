// SPDX-License-Identifier: BSL-1.0
// Defines spin locks and fast mutexes. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_LOCKS_HPP
#define ASSENT_WINDOWS_PRIMITIVES_LOCKS_HPP

#include <mutex>
#include <thread>

#include "../ddk/assent_ddk/irql.h"
#include "../ddk/assent_ddk/list.h"
#include "../ddk/assent_ddk/object.h"
#include "bug_check.hpp"
#include "irql.hpp"
#include "wait_table.hpp"

namespace assent::windows::detail {

// The acquire pairs with the release in unlock_spin. The compiler's builtins stand in for std::atomic_ref, which
// libc++ lacks before 19.
inline bool try_lock_spin(PKSPIN_LOCK lock) noexcept {
    return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0;
}

inline void lock_spin(PKSPIN_LOCK lock) noexcept {
    // User-mode threads are preempted while they hold it: yielding at once costs least.
    while (!try_lock_spin(lock)) std::this_thread::yield();
}

inline void unlock_spin(PKSPIN_LOCK lock) noexcept { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

inline bool lock_fast_mutex(PFAST_MUTEX mutex, bool wait) {
    auto& bucket = bucket_of(mutex);
    std::unique_lock guard{bucket.lock};
    if (mutex->Count != FM_LOCK_BIT) {
        if (!wait) return false;
        if (mutex->Owner == KeGetCurrentThread()) {
            bug_check({bug_check_codes::driver_verifier_detected_violation,
                       {reinterpret_cast<ULONG_PTR>(mutex), 0, 0, 0},
                       "fast mutex acquired twice by one thread: on Windows it waits for ever"});
        }
        ++mutex->Contention;
        bucket.changed.wait(guard, [mutex] { return mutex->Count == FM_LOCK_BIT; });
    }
    mutex->Count = 0;
    mutex->Owner = KeGetCurrentThread();
    return true;
}

inline void unlock_fast_mutex(PFAST_MUTEX mutex) {
    auto& bucket = bucket_of(mutex);
    {
        const std::lock_guard guard{bucket.lock};
        mutex->Owner = nullptr;
        mutex->Count = FM_LOCK_BIT;
    }
    bucket.changed.notify_all();
}

} // namespace assent::windows::detail

extern "C" {

VOID KeInitializeSpinLock(PKSPIN_LOCK lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock) { assent::windows::detail::lock_spin(lock); }

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock) { assent::windows::detail::unlock_spin(lock); }

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock) {
    return assent::windows::detail::try_lock_spin(lock);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock) {
    const KIRQL before = KeRaiseIrqlToDpcLevel();
    assent::windows::detail::lock_spin(lock);
    return before;
}

VOID KeAcquireSpinLock(PKSPIN_LOCK lock, PKIRQL before) { *before = KeAcquireSpinLockRaiseToDpc(lock); }

VOID KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL level) {
    assent::windows::detail::unlock_spin(lock);
    KeLowerIrql(level);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
    handle->LockQueue.Next = nullptr;
    handle->LockQueue.Lock = lock;
    handle->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle) {
    KeReleaseSpinLock(handle->LockQueue.Lock, handle->OldIrql);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
    handle->LockQueue.Next = nullptr;
    handle->LockQueue.Lock = lock;
    handle->OldIrql = KeGetCurrentIrql();
    KeAcquireSpinLockAtDpcLevel(lock);
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE handle) {
    KeReleaseSpinLockFromDpcLevel(handle->LockQueue.Lock);
}

/// The interlocked lists. @return the first or last entry before; null: the list was empty.
PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock) {
    assent::windows::detail::lock_spin(lock);
    PLIST_ENTRY const before = IsListEmpty(head) ? nullptr : head->Flink;
    InsertHeadList(head, entry);
    assent::windows::detail::unlock_spin(lock);
    return before;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock) {
    assent::windows::detail::lock_spin(lock);
    PLIST_ENTRY const before = IsListEmpty(head) ? nullptr : head->Blink;
    InsertTailList(head, entry);
    assent::windows::detail::unlock_spin(lock);
    return before;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK lock) {
    assent::windows::detail::lock_spin(lock);
    PLIST_ENTRY const first = IsListEmpty(head) ? nullptr : RemoveHeadList(head);
    assent::windows::detail::unlock_spin(lock);
    return first;
}

VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex) {
    static_cast<void>(assent::windows::detail::lock_fast_mutex(mutex, true));
}

VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex) { assent::windows::detail::unlock_fast_mutex(mutex); }

VOID ExAcquireFastMutex(PFAST_MUTEX mutex) {
    const KIRQL before = KfRaiseIrql(APC_LEVEL);
    static_cast<void>(assent::windows::detail::lock_fast_mutex(mutex, true));
    mutex->OldIrql = before;
}

BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX mutex) {
    const KIRQL before = KfRaiseIrql(APC_LEVEL);
    if (!assent::windows::detail::lock_fast_mutex(mutex, false)) {
        KeLowerIrql(before);
        return FALSE;
    }
    mutex->OldIrql = before;
    return TRUE;
}

VOID ExReleaseFastMutex(PFAST_MUTEX mutex) {
    const KIRQL before = static_cast<KIRQL>(mutex->OldIrql); // read while the mutex is still ours
    assent::windows::detail::unlock_fast_mutex(mutex);
    KeLowerIrql(before);
}

} // extern "C"

#endif
