// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [key]: needs `static key_type key(const event_type&)`
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
    using key_type = int;
    static int key(int e) { return e; }
#else
    using event_type = int;
    using key_type = int;
#endif
};

assent::dispatcher<change> changes;
