// SPDX-License-Identifier: BSL-1.0
// expected: assent: executor [execute]: needs
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test([[maybe_unused]] assent::inline_executor& on, assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::post_announcement(on, changes, {}));
#else
    static_cast<void>(assent::post_announcement(1, changes, {}));
#endif
}
