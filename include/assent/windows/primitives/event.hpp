// SPDX-License-Identifier: BSL-1.0
// Defines events and the wait functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_EVENT_HPP
#define ASSENT_WINDOWS_PRIMITIVES_EVENT_HPP

#include <algorithm>
#include <chrono>
#include <mutex>
#include <ratio>
#include <thread>

#include "../ddk/assent_ddk/event.h"
#include "../ddk/assent_ddk/list.h"
#include "../ddk/assent_ddk/status.h"
#include "wait_table.hpp"

namespace assent::windows::detail {

using windows_ticks = std::chrono::duration<LONGLONG, std::ratio<1, 10'000'000>>;

// Negative: from now. Otherwise a time of day, counted from 1601.
inline std::chrono::steady_clock::time_point deadline_of(LONGLONG timeout) {
    using std::chrono::steady_clock;
    constexpr windows_ticks from_1601_to_1970{116'444'736'000'000'000LL};
    // Capped, so that the arithmetic below cannot overflow; a driver that waits a century means for ever.
    constexpr windows_ticks longest = std::chrono::hours{24 * 36525};
    windows_ticks left{0};
    if (timeout < 0) {
        left = timeout < -longest.count() ? longest : windows_ticks{-timeout};
    } else {
        const auto now =
            std::chrono::duration_cast<windows_ticks>(std::chrono::system_clock::now().time_since_epoch());
        left = std::min(windows_ticks{timeout} - from_1601_to_1970 - now, longest);
    }
    return steady_clock::now() + std::chrono::ceil<steady_clock::duration>(std::max(left, windows_ticks{0}));
}

inline LONG exchange_signal(PRKEVENT event, LONG state) {
    auto& bucket = bucket_of(event);
    LONG before = 0;
    {
        const std::lock_guard guard{bucket.lock};
        before = event->Header.SignalState;
        event->Header.SignalState = state;
    }
    // All of them: other events' waiters may share the bucket.
    if (state != 0) bucket.changed.notify_all();
    return before;
}

} // namespace assent::windows::detail

extern "C" {

VOID KeInitializeEvent(PRKEVENT event, EVENT_TYPE type, BOOLEAN state) {
    const std::lock_guard guard{assent::windows::detail::bucket_of(event).lock};
    event->Header.Lock = 0;
    event->Header.Type = static_cast<UCHAR>(type);
    event->Header.Size = sizeof(KEVENT) / sizeof(ULONG);
    event->Header.SignalState = state != FALSE ? 1 : 0;
    InitializeListHead(&event->Header.WaitListHead);
}

LONG KeSetEvent(PRKEVENT event, KPRIORITY, BOOLEAN) {
    return assent::windows::detail::exchange_signal(event, 1);
}

LONG KeResetEvent(PRKEVENT event) { return assent::windows::detail::exchange_signal(event, 0); }

VOID KeClearEvent(PRKEVENT event) { static_cast<void>(assent::windows::detail::exchange_signal(event, 0)); }

LONG KeReadStateEvent(PRKEVENT event) {
    const std::lock_guard guard{assent::windows::detail::bucket_of(event).lock};
    return event->Header.SignalState;
}

// Events only: anything else that Windows can wait for is refused rather than misread.
NTSTATUS KeWaitForSingleObject(PVOID object, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER timeout) {
    auto* const event = static_cast<PKEVENT>(object);
    auto& bucket = assent::windows::detail::bucket_of(event);
    std::unique_lock guard{bucket.lock};
    if (event->Header.Type > SynchronizationEvent) return STATUS_INVALID_PARAMETER;
    const auto signalled = [event] { return event->Header.SignalState != 0; };
    if (timeout == nullptr) {
        bucket.changed.wait(guard, signalled);
    } else if (!signalled() &&
               (timeout->QuadPart == 0 ||
                !bucket.changed.wait_until(guard, assent::windows::detail::deadline_of(timeout->QuadPart),
                                           signalled))) {
        return STATUS_TIMEOUT;
    }
    if (event->Header.Type == SynchronizationEvent) event->Header.SignalState = 0;
    return STATUS_SUCCESS;
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER interval) {
    std::this_thread::sleep_until(assent::windows::detail::deadline_of(interval->QuadPart));
    return STATUS_SUCCESS;
}

} // extern "C"

#endif
