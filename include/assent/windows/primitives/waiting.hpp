// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_WAITING_HPP
#define ASSENT_WINDOWS_PRIMITIVES_WAITING_HPP

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <ratio>

#include "../ddk/assent_ddk/mutex.h"
#include "irql_state.hpp"
#include "wait_table.hpp"

namespace assent::windows::detail {

// What the first member of each object that can be waited for holds; events have the values of EVENT_TYPE.
namespace object_types {
inline constexpr UCHAR mutex = 2;
inline constexpr UCHAR semaphore = 5;
inline constexpr UCHAR thread = 6;
} // namespace object_types

using windows_ticks = std::chrono::duration<LONGLONG, std::ratio<1, 10'000'000>>;
using deadline = std::chrono::steady_clock::time_point;
inline constexpr windows_ticks from_1601_to_1970{116'444'736'000'000'000LL};

// Negative: from now. Otherwise a time of day, counted from 1601.
inline deadline deadline_of(LONGLONG timeout) {
    using std::chrono::steady_clock;
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

// The address of the thread's state names the thread; nothing is ever read through it.
inline PKTHREAD this_thread() noexcept { return reinterpret_cast<PKTHREAD>(&current_irql_state()); }

// Under the object's bucket: whether a wait for it would be over for this thread.
inline bool is_signalled(const DISPATCHER_HEADER& of) noexcept {
    if (of.SignalState > 0) return true;
    return of.Type == object_types::mutex &&
           reinterpret_cast<const KMUTEX&>(of).OwnerThread == this_thread(); // it may have it again
}

// Under the object's bucket: what a wait that is over does to it.
inline void take(DISPATCHER_HEADER& from) noexcept {
    switch (from.Type) {
    case SynchronizationEvent:
        from.SignalState = 0;
        break;
    case object_types::mutex:
        if (from.SignalState-- == 1) ++current_irql_state().critical_regions;
        reinterpret_cast<KMUTEX&>(from).OwnerThread = this_thread();
        break;
    case object_types::semaphore:
        --from.SignalState;
        break;
    default:
        break;
    }
}

inline bool can_be_waited_for(const DISPATCHER_HEADER& h) noexcept {
    return h.Type <= object_types::mutex || h.Type == object_types::semaphore ||
           h.Type == object_types::thread;
}

// Those who wait for several objects, which have no bucket in common.
struct several_waiters {
    std::atomic<int> count{0};
    std::mutex lock;
    std::uint64_t generation = 0;
    std::condition_variable changed;
};

inline several_waiters& the_several_waiters() {
    static auto* const only = new several_waiters; // never destroyed: threads may outlive main
    return *only;
}

// After an object was signalled under its bucket's lock, and the lock released: the object is not touched, since
// whoever it woke may have freed it.
inline void wake(wait_bucket& bucket) {
    bucket.changed.notify_all(); // all of them: other objects' waiters may share the bucket
    several_waiters& several = the_several_waiters();
    // A waiter counts itself before it looks at the objects under their buckets' locks. So it either saw the signal,
    // or counted itself before our critical section ended, and is seen here.
    if (several.count.load(std::memory_order_relaxed) == 0) return;
    {
        const std::lock_guard guard(several.lock);
        ++several.generation;
    }
    several.changed.notify_all();
}

// Signals or resets an object. @return what its state was.
inline LONG exchange_signal(DISPATCHER_HEADER& of, LONG state) {
    wait_bucket& bucket = bucket_of(&of);
    LONG before = 0;
    {
        const std::lock_guard guard{bucket.lock};
        before = of.SignalState;
        of.SignalState = state;
    }
    if (state != 0) wake(bucket);
    return before;
}

// The buckets of several objects, each locked once, in the order of their addresses.
class bucket_locks {
public:
    bucket_locks(PVOID const objects[], std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) all_[i] = &bucket_of(objects[i]);
        const auto end = all_.begin() + static_cast<std::ptrdiff_t>(count);
        std::sort(all_.begin(), end);
        last_ = std::unique(all_.begin(), end);
        std::for_each(all_.begin(), last_, [](wait_bucket* b) { b->lock.lock(); });
    }
    bucket_locks(const bucket_locks&) = delete;
    bucket_locks& operator=(const bucket_locks&) = delete;
    ~bucket_locks() {
        std::for_each(all_.begin(), last_, [](wait_bucket* b) { b->lock.unlock(); });
    }

private:
    using buckets = std::array<wait_bucket*, MAXIMUM_WAIT_OBJECTS>;
    buckets all_{};
    buckets::iterator last_{};
};

} // namespace assent::windows::detail

#endif
