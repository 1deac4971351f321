// SPDX-License-Identifier: BSL-1.0
// expected: assent: change action [callable]: must be callable without arguments; capture what it needs
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(changes.transact({}, [] {}));
#else
    static_cast<void>(changes.transact({}, [](int) {}));
#endif
}
