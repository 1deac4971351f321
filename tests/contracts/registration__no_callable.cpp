// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [callables]: give on() one callable
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const saved&) {});
#else
    const auto r = events.on();
#endif
}
