// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [key_type]: this category has no keys
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes, [[maybe_unused]] std::span<const int> keys) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part(changes, {})));
#else
    static_cast<void>(assent::transact([] {}, assent::part_keys(changes, keys, {})));
#endif
}
