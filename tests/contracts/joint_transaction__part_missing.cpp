// SPDX-License-Identifier: BSL-1.0
// expected: assent: joint transaction [part missing]: nobody would be asked
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test([[maybe_unused]] assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part(changes, {})));
#else
    static_cast<void>(assent::transact([] {}));
#endif
}
