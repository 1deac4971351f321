// SPDX-License-Identifier: BSL-1.0
// expected: assent: replaying category [arrival]: needs `static event_type arrival(const instance_type&)`
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
    using instance_type = int;
    static int arrival(int i) { return i; }
    static int removal(int i) { return -i; }
#else
    using event_type = int;
    using instance_type = int;
    static int removal(int i) { return -i; }
#endif
};

assent::dispatcher<change> changes;
