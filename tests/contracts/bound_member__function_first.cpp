// SPDX-License-Identifier: BSL-1.0
// expected: assent: bound member [function first]: the function comes before its object
#include <assent/assent.hpp>

struct saved {
    int revision;
};
struct listener {
    void operator()(const saved&) const {}
    void told(const saved&) {}
};

void test(assent::dispatcher<saved>& events, listener& one) {
#if defined(FIXED)
    const auto r = events.on(assent::member(&listener::told, one));
#else
    const auto r = events.on(assent::member(one, &listener::told));
#endif
}
