// SPDX-License-Identifier: BSL-1.0
// expected: assent: replaying category [instance_type]: this category keeps no instances
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    changes.announce({});
#else
    changes.announce_arrival(1);
#endif
}
