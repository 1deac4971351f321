// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [const event]: all callbacks share the event; take `const event_type&` instead of a mutable or rvalue reference
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const saved&) {});
#else
    const auto r = events.on([](saved&) {});
#endif
}
