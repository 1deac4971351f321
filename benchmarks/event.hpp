// SPDX-License-Identifier: BSL-1.0
#ifndef BENCHMARKS_EVENT_HPP
#define BENCHMARKS_EVENT_HPP

// What every library is measured with: one event type, three callbacks. Each callback can be stored by a
// library as it is, or be taken apart into a function pointer and an object, as the raw loop needs it.

#include <atomic>
#include <cstdint>

namespace bench {

struct event {
    long step = 1;
    std::uint64_t key = 0;
    long* counter = nullptr; ///< of the notifying thread
    long unused[5] = {};
};
static_assert(sizeof(event) == 64);

/// One increment, on a counter of its own.
struct counting {
    long* counter;
    void operator()(const event& e) const { *counter += e.step; }

    static void call(void* object, const event& e) { *static_cast<long*>(object) += e.step; }
    void* object() const { return counter; }
};

/// One increment on a counter of the notifying thread: two threads may call it at once.
struct counting_per_thread {
    void operator()(const event& e) const { *e.counter += e.step; }

    static void call(void*, const event& e) { *e.counter += e.step; }
    void* object() const { return nullptr; }
};

inline void spin(std::uint32_t times) {
    for (std::uint32_t i = 0; i < times; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// What a callback finds out about being called when its unregistration has returned.
struct canary {
    std::atomic<bool> gone{false};     ///< unregister or disconnect has returned
    std::atomic<int> inside{0};        ///< calls that are running
    std::atomic<long> started_late{0}; ///< calls that began after `gone`
    std::atomic<long> running_late{0}; ///< calls that began before and were still running
    std::atomic<long> calls{0};
};

struct watching {
    canary* watched;
    void operator()(const event& e) const { call(watched, e); }

    static void call(void* object, const event&) {
        canary& c = *static_cast<canary*>(object);
        c.inside.fetch_add(1);
        c.calls.fetch_add(1);
        const bool late = c.gone.load();
        spin(200);
        if (late) {
            c.started_late.fetch_add(1);
        } else if (c.gone.load()) {
            c.running_late.fetch_add(1);
        }
        c.inside.fetch_sub(1);
    }
    void* object() const { return watched; }
};

} // namespace bench

#endif
