// SPDX-License-Identifier: BSL-1.0
// expected: assent: event category [event_type]: names a status_type, key_type or instance_type but no event_type
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    struct event_type {};
    using status_type = bool;
#else
    using status_type = bool;
#endif
};

void test() {
    assent::dispatcher<change> changes;
    static_cast<void>(changes.transact({}, [] {}));
}
