// SPDX-License-Identifier: BSL-1.0
// expected: assent: replaying category [instance_type]: this category keeps no instances
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    events.notify({1});
#else
    events.notify_arrival(1);
#endif
}
