// SPDX-License-Identifier: BSL-1.0
// expected: assent: change action [missing]: transact runs the change itself between prepare and commit; pass it: transact(event, action)
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(changes.transact({}, [] {}));
#else
    static_cast<void>(changes.transact({}));
#endif
}
