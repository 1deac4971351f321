// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_SPIN_LOCK_HPP
#define ASSENT_CORE_DETAIL_SPIN_LOCK_HPP

#include <assent/config.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// A lock of one byte whose uncontended use is one exchange and one store, inlined: half of what std::mutex costs a
/// registration. Whoever finds it taken yields, and sleeps if that does not help: no user code runs under it.
/// Nothing here throws; a thread that is cancelled while it sleeps ends the program, as in every noexcept wait.
///
/// Not std::atomic::wait: libstdc++ 12 keeps its waiters in a static object of an inline function. On ELF that is a
/// unique symbol, so a library that has one is never unloaded by dlclose; in DLLs each has its own, so one would
/// sleep while the other's notify_one() finds nobody to wake.
class spin_lock {
public:
    void lock() noexcept {
        if (!try_lock()) [[unlikely]]
            wait();
    }

    bool try_lock() noexcept {
        // Acquire: partner of the release in unlock().
        return !held_.exchange(true, std::memory_order_acquire);
    }

    void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
    ASSENT_COLD void wait() noexcept {
        for (int i = 0; i < 1000; ++i) {
            if (!held_.load(std::memory_order_relaxed) && try_lock()) return;
            if (i >= 100) std::this_thread::yield();
        }
        while (!try_lock()) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }

    std::atomic<bool> held_{false};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
