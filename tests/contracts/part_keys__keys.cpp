// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [keys]: part_keys takes the keys as a std::span of key_type
#include <assent/assent.hpp>

struct change {
    using event_type = int;
    using status_type = bool;
    using key_type = int;
    static int key(int event) { return event; }
};

void test(assent::dispatcher<change>& changes, [[maybe_unused]] std::span<const int> keys) {
#if defined(FIXED)
    static_cast<void>(assent::transact([] {}, assent::part_keys(changes, keys, 1)));
#else
    static_cast<void>(assent::transact([] {}, assent::part_keys(changes, 1, 1)));
#endif
}
