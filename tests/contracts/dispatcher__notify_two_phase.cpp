// SPDX-License-Identifier: BSL-1.0
// expected: assent: one-phase category [notify]: this category has two phases; use transact(event, action), or announce(event) where nobody could be asked
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    changes.announce({});
#else
    changes.notify({});
#endif
}
