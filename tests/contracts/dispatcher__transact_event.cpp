// SPDX-License-Identifier: BSL-1.0
// expected: assent: event [type]: transact takes an event_type of the category, or what converts to it
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(changes.transact({}, [] {}));
#else
    static_cast<void>(changes.transact(7, [] {}));
#endif
}
