// SPDX-License-Identifier: BSL-1.0
// expected: assent: no_throw callable [callable]: must be what is called to commit or abort
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    const auto r = changes.on([](const auto&) { return true; }, assent::no_throw([](const auto&) {}),
                              assent::uninterested());
#else
    const auto r = changes.on([](const auto&) { return true; }, assent::no_throw(42), assent::uninterested());
#endif
}
