// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_SCOPED_PARTITION_HPP
#define ASSENT_WINDOWS_SCOPED_PARTITION_HPP

#include <assent/config.hpp>

#include <atomic>

namespace assent::windows {

class partition;

/// Makes a partition current for its lifetime, and the one before it current again afterwards.
/// Threads  for the whole process: make and destroy it where no driver code is about to ask.
class scoped_partition {
public:
    explicit scoped_partition(partition& p) noexcept
        : before_(innermost_.exchange(&p, std::memory_order_acq_rel)) {}
    scoped_partition(const scoped_partition&) = delete;
    scoped_partition& operator=(const scoped_partition&) = delete;
    ~scoped_partition() { innermost_.store(before_, std::memory_order_release); }

    /// Null: no partition was made current.
    static partition* innermost() noexcept {
        return innermost_.load(std::memory_order_acquire); // pairs with the exchange: it is seen constructed
    }

private:
    ASSENT_HIDDEN static inline std::atomic<partition*> innermost_{nullptr};

    partition* before_;
};

} // namespace assent::windows

#endif
