// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [storable]: it is copied or moved into the registration
#include <assent/assent.hpp>

struct saved {
    int revision;
};

struct listener {
    listener() = default;
    listener(const listener&) = delete;
    void operator()(const saved&) {}
};
listener one;

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on(assent::borrow(one));
#else
    const auto r = events.on(one);
#endif
}
