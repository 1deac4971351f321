// SPDX-License-Identifier: BSL-1.0
// expected: assent: instance [type]: must be an instance_type of the dispatcher's category
#include <assent/assent.hpp>

struct module {
    int number;
    bool operator==(const module&) const = default;
};
struct memory {
    using event_type = int;
    using instance_type = module;
    static int arrival(module m) { return m.number; }
    static int removal(module m) { return -m.number; }
};

void test(assent::inline_executor& on, assent::dispatcher<memory>& modules) {
#if defined(FIXED)
    static_cast<void>(assent::post_arrival(on, modules, {1}));
#else
    static_cast<void>(assent::post_arrival(on, modules, 1));
#endif
}
