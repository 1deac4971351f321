// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher policy [capacity]: keys come and go
#include <assent/assent.hpp>

struct change {
    using event_type = int;
    using key_type = int;
    static int key(int event) { return event; }
};
struct policy : assent::default_policy {
#if !defined(FIXED)
    static constexpr unsigned capacity = 8;
#endif
};

assent::dispatcher<change, policy> changes;
