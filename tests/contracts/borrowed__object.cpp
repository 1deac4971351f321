// SPDX-License-Identifier: BSL-1.0
// expected: assent: borrowed object [object]: borrow the object, not a pointer to it
#include <assent/assent.hpp>

struct saved {
    int revision;
};
struct listener {
    void operator()(const saved&) const {}
    void told(const saved&) {}
};

void test(assent::dispatcher<saved>& events, listener* one) {
#if defined(FIXED)
    const auto r = events.on(assent::borrow(*one));
#else
    const auto r = events.on(assent::borrow(one));
#endif
}
