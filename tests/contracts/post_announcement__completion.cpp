// SPDX-License-Identifier: BSL-1.0
// expected: assent: completion [arguments]: must be callable with
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::inline_executor& on, assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(assent::post_announcement(on, changes, {}));
#else
    static_cast<void>(assent::post_announcement(on, changes, {}, [](const char*) {}));
#endif
}
