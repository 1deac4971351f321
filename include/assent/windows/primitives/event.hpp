// SPDX-License-Identifier: BSL-1.0
// Defines events and the wait functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_EVENT_HPP
#define ASSENT_WINDOWS_PRIMITIVES_EVENT_HPP

#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "../ddk/assent_ddk/event.h"
#include "../ddk/assent_ddk/list.h"
#include "../ddk/assent_ddk/status.h"
#include "waiting.hpp"

namespace assent::windows::detail {

// Takes what the wait is for, if it is there. Empty: not yet.
inline std::optional<NTSTATUS> try_wait(PVOID const objects[], ULONG count, WAIT_TYPE type) {
    const bucket_locks guard(objects, count);
    const auto at = [&](ULONG i) -> DISPATCHER_HEADER& {
        return *static_cast<DISPATCHER_HEADER*>(objects[i]);
    };
    ULONG ready = 0;
    for (ULONG i = 0; i < count; ++i) {
        if (!can_be_waited_for(at(i))) return STATUS_INVALID_PARAMETER;
        if (!is_signalled(at(i))) continue;
        if (type == WaitAny) {
            take(at(i));
            return static_cast<NTSTATUS>(i);
        }
        ++ready;
    }
    if (ready < count) return {};
    for (ULONG i = 0; i < count; ++i) take(at(i));
    return STATUS_SUCCESS;
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
    return assent::windows::detail::exchange_signal(event->Header, 1);
}

LONG KeResetEvent(PRKEVENT event) { return assent::windows::detail::exchange_signal(event->Header, 0); }

VOID KeClearEvent(PRKEVENT event) { static_cast<void>(KeResetEvent(event)); }

LONG KeReadStateEvent(PRKEVENT event) {
    const std::lock_guard guard{assent::windows::detail::bucket_of(event).lock};
    return event->Header.SignalState;
}

// Anything else that Windows can wait for is refused rather than misread.
NTSTATUS KeWaitForSingleObject(PVOID object, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER timeout) {
    using namespace assent::windows::detail;
    auto& header = *static_cast<DISPATCHER_HEADER*>(object);
    auto& bucket = bucket_of(object);
    std::unique_lock guard{bucket.lock};
    if (!can_be_waited_for(header)) return STATUS_INVALID_PARAMETER;
    const auto ready = [&header] { return is_signalled(header); };
    if (timeout == nullptr) {
        bucket.changed.wait(guard, ready);
    } else if (!ready() && (timeout->QuadPart == 0 ||
                            !bucket.changed.wait_until(guard, deadline_of(timeout->QuadPart), ready))) {
        return STATUS_TIMEOUT;
    }
    take(header);
    return STATUS_SUCCESS;
}

// The wait blocks are the caller's contribution on Windows and not needed here.
NTSTATUS KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, KWAIT_REASON, KPROCESSOR_MODE,
                                  BOOLEAN, PLARGE_INTEGER timeout, PKWAIT_BLOCK) {
    using namespace assent::windows::detail;
    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS) return STATUS_INVALID_PARAMETER;
    several_waiters& several = the_several_waiters();
    struct counted {
        std::atomic<int>& count;
        // relaxed: see wake(), where the buckets' locks order it.
        explicit counted(std::atomic<int>& c) : count(c) { count.fetch_add(1, std::memory_order_relaxed); }
        counted(const counted&) = delete;
        counted& operator=(const counted&) = delete;
        ~counted() { count.fetch_sub(1, std::memory_order_relaxed); }
    } const here{several.count};
    std::optional<deadline> until;
    if (timeout != nullptr) until = deadline_of(timeout->QuadPart);
    for (;;) {
        std::uint64_t seen = 0;
        {
            const std::lock_guard guard(several.lock);
            seen = several.generation;
        }
        if (const auto status = try_wait(objects, count, type)) return *status;
        std::unique_lock guard(several.lock);
        const auto changed = [&] { return several.generation != seen; };
        if (!until) {
            several.changed.wait(guard, changed);
        } else if (!several.changed.wait_until(guard, *until, changed)) {
            return STATUS_TIMEOUT;
        }
    }
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER interval) {
    std::this_thread::sleep_until(assent::windows::detail::deadline_of(interval->QuadPart));
    return STATUS_SUCCESS;
}

} // extern "C"

#endif
