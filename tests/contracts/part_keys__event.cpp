// SPDX-License-Identifier: BSL-1.0
// expected: assent: event [type]: a part takes an event_type of the category
#include <assent/assent.hpp>

struct change {
    using event_type = int;
    using status_type = bool;
    using key_type = int;
    static int key(int event) { return event; }
};

void test(assent::dispatcher<change>& changes, std::span<const int> keys) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part_keys(changes, keys, 1)));
#else
    static_cast<void>(assent::transact([] {}, assent::part_keys(changes, keys, "one")));
#endif
}
