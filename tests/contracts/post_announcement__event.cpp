// SPDX-License-Identifier: BSL-1.0
// expected: assent: event [type]: must be an event_type of the dispatcher's category
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::inline_executor& on, assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::post_announcement(on, changes, {}));
#else
    static_cast<void>(assent::post_announcement(on, changes, 7));
#endif
}
