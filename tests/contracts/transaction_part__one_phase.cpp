// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase category [part]: this category has one phase and nobody to ask
#include <assent/assent.hpp>

struct saved {
    int revision;
};
struct change {
    struct event_type {};
    using status_type = bool;
};

void test([[maybe_unused]] assent::dispatcher<saved>& events, assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part(changes, {})));
#else
    static_cast<void>(assent::transact([] {}, assent::part(changes, {}), assent::part(events, {1})));
#endif
}
