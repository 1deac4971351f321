// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [key_type]: this category has no keys; name a key_type
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    static_cast<void>(changes.transact({}, [] {}));
#else
    const int keys[] = {1, 2};
    static_cast<void>(changes.transact_keys(keys, {}, [] {}));
#endif
}
