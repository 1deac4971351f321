// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase or replaying category [inside_callback]: in this category nothing waits for its turn
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test([[maybe_unused]] const assent::dispatcher<saved>& events) {
#if defined(FIXED)
    static_cast<void>(events);
#else
    static_cast<void>(events.inside_callback());
#endif
}
