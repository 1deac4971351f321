// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [arguments]: it is called with the event; take `const event_type&`, unnamed if it is not used
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const saved&) {});
#else
    const auto r = events.on([] {});
#endif
}
