// SPDX-License-Identifier: BSL-1.0
// expected: assent: joint transaction [part]: takes parts behind the action
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part(changes, {})));
#else
    static_cast<void>(assent::transact([] {}, {.budget = {}}, assent::part(changes, {}), changes));
#endif
}
