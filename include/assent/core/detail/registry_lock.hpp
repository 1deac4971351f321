// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_REGISTRY_LOCK_HPP
#define ASSENT_CORE_DETAIL_REGISTRY_LOCK_HPP

#include <assent/config.hpp>
#include <assent/core/detail/record.hpp>
#include <assent/core/detail/spin_lock.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// A dispatcher of one thread is being used. Debug builds end the program if it is not this one.
inline void expect_owner(const record& only) noexcept {
    if constexpr (config::debug_checks) {
        if (only.owner.load(std::memory_order_relaxed) == std::this_thread::get_id()) return;
        std::fputs("assent: a dispatcher of one thread is used by another than the one that made it\n",
                   stderr);
        std::abort();
    }
}

/// The lock of a registry. One that a single thread uses has nothing to lock.
class registry_lock {
public:
    /// @param only  the record of that single thread; null: any threads
    explicit registry_lock(const record* only) noexcept : only_(only) {}

    void lock() noexcept {
        if (only_ == nullptr) {
            lock_.lock();
        } else {
            expect_owner(*only_);
        }
    }
    bool try_lock() noexcept { return only_ != nullptr || lock_.try_lock(); }
    void unlock() noexcept {
        if (only_ == nullptr) lock_.unlock();
    }

private:
    const record* const only_;
    spin_lock lock_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
