// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [member function]: it needs its object; register assent::member(&T::f, object)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

struct listener {
    void saw(const saved&) {}
};
listener one;

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on(assent::member(&listener::saw, one));
#else
    const auto r = events.on(&listener::saw);
#endif
}
