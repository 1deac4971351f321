// SPDX-License-Identifier: BSL-1.0
// Defines remove locks. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_REMOVE_LOCK_HPP
#define ASSENT_WINDOWS_PRIMITIVES_REMOVE_LOCK_HPP

#include "../ddk/assent_ddk/remove_lock.h"
#include "../ddk/assent_ddk/status.h"
#include "bug_check.hpp"
#include "event.hpp"

extern "C" {

VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK lock, ULONG, ULONG, ULONG, ULONG) {
    lock->Common.Removed = FALSE;
    lock->Common.IoCount = 1; // given up by the one who waits for all others
    KeInitializeEvent(&lock->Common.RemoveEvent, NotificationEvent, FALSE);
}

/// STATUS_DELETE_PENDING: the device is going, nothing was acquired.
NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID, PCSTR, ULONG, ULONG) {
    // Sequentially consistent, both: whoever is going sets the flag and then counts, so one of us sees the other.
    static_cast<void>(__atomic_add_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST));
    if (__atomic_load_n(&lock->Common.Removed, __ATOMIC_SEQ_CST) == FALSE) return STATUS_SUCCESS;
    IoReleaseRemoveLockEx(lock, nullptr, 0);
    return STATUS_DELETE_PENDING;
}

VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID, ULONG) {
    const LONG left = __atomic_sub_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST);
    if (left < 0)
        assent::windows::bug_check({assent::windows::bug_check_codes::driver_verifier_detected_violation,
                                    {reinterpret_cast<ULONG_PTR>(lock), 0, 0, 0},
                                    "a remove lock was released more often than acquired"});
    if (left == 0) KeSetEvent(&lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
}

/// Gives up the caller's own acquisition and returns when all others are given up; nobody can acquire it any more.
VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size) {
    __atomic_store_n(&lock->Common.Removed, BOOLEAN{TRUE}, __ATOMIC_SEQ_CST);
    IoReleaseRemoveLockEx(lock, tag, size);
    if (__atomic_sub_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST) > 0)
        KeWaitForSingleObject(&lock->Common.RemoveEvent, Executive, KernelMode, FALSE, nullptr);
}

} // extern "C"

#endif
