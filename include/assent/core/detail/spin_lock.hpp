// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_SPIN_LOCK_HPP
#define ASSENT_CORE_DETAIL_SPIN_LOCK_HPP

#include <assent/config.hpp>

#include <atomic>

namespace assent::inline ASSENT_ABI::detail {

/// A lock of four bytes whose uncontended use is two atomic operations, inlined: half of what std::mutex costs a
/// registration. Whoever finds it taken sleeps in the kernel; nothing here can be cancelled or throw.
class spin_lock {
public:
    void lock() noexcept {
        unsigned expected = free;
        // Acquire: partner of the release in unlock().
        if (!state_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                            std::memory_order_relaxed)) [[unlikely]]
            wait();
    }

    bool try_lock() noexcept {
        unsigned expected = free;
        return state_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }

    void unlock() noexcept {
        if (state_.exchange(free, std::memory_order_release) == contended) [[unlikely]]
            state_.notify_one();
    }

private:
    static constexpr unsigned free = 0;
    static constexpr unsigned held = 1;
    static constexpr unsigned contended = 2; ///< held, and somebody may sleep

    ASSENT_COLD void wait() noexcept {
        for (int i = 0; i < 100; ++i)
            if (state_.load(std::memory_order_relaxed) == free && try_lock()) return;
        while (state_.exchange(contended, std::memory_order_acquire) != free)
            state_.wait(contended, std::memory_order_relaxed);
    }

    std::atomic<unsigned> state_{free};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
