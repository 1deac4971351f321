// SPDX-License-Identifier: BSL-1.0
// expected: assent: borrowed object [lifetime]: a temporary is gone before it is called; keep it in a variable that outlives the registration, or register it by value
#include <assent/assent.hpp>

struct saved {
    int revision;
};

struct listener {
    void saw(const saved&) const {}
};
listener one;

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on(assent::member(&listener::saw, one));
#else
    const auto r = events.on(assent::member(&listener::saw, listener{}));
#endif
}
