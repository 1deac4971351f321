// SPDX-License-Identifier: BSL-1.0
// expected: assent: transaction part [dispatcher]: the dispatcher comes first
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part(changes, {})));
#else
    static_cast<void>(assent::transact([] {}, assent::part(change::event_type(), changes)));
#endif
}
