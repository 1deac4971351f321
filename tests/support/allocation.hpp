// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_ALLOCATION_HPP
#define ASSENT_TESTS_SUPPORT_ALLOCATION_HPP

#include <cstddef>

namespace test_support {

/// Makes allocations of this thread fail on demand, in the one executable that replaces operator new
/// (tests/dispatch/allocation_failure_test.cpp defines it).
struct allocations {
    /// False where operator new cannot be replaced: clang links the one of its sanitizers statically.
    static bool replaced() noexcept;
    /// The allocation after `after` more ones fails, and all later ones if `also_later`; until disarm().
    static void fail(std::size_t after, bool also_later) noexcept;
    /// Returns whether one has failed since.
    static bool disarm() noexcept;
    /// While on, over-aligned memory that was freed is given out again for the next request of its size.
    static void recycle(bool on) noexcept;
    /// Blocks this thread has allocated so far and not freed (may be freed by another thread: then wrong).
    static long outstanding() noexcept;
    /// How often this thread has allocated.
    static std::size_t count() noexcept;
};

} // namespace test_support

#endif
