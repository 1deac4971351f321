// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase category [copyable event]: an announcement may have to wait for its turn; make event_type copyable
#include <assent/assent.hpp>

struct change {
    struct event_type {
        std::unique_ptr<int> held;
    };
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(changes.transact({}, [] {}));
#else
    changes.announce({});
#endif
}
