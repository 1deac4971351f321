// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_WAIT_TABLE_HPP
#define ASSENT_WINDOWS_PRIMITIVES_WAIT_TABLE_HPP

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace assent::windows::detail {

// The driver's structures have the DDI's size and hold no standard-library object, so each address borrows a mutex
// and a condition variable from this table. State stays in the structure, guarded by that mutex. Waking a waiter
// touches the table only: the driver may free its structure as soon as its own wait has returned.
// C++20's atomic waiting was rejected: it has no timeout, and std::atomic_ref is missing from libc++ before 19.
struct wait_bucket {
    std::mutex lock;
    std::condition_variable changed;
};

inline wait_bucket& bucket_of(const volatile void* address) {
    static auto* const table = new std::array<wait_bucket, 64>; // never destroyed: threads may outlive main
    const auto key = reinterpret_cast<std::uintptr_t>(address) >> 4;
    return (*table)[(key ^ (key >> 6)) % 64];
}

} // namespace assent::windows::detail

#endif
