// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [options]: options stand before the callable: on(options, callback)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on({.priority = 1}, [](const saved&) {});
#else
    const auto r = events.on([](const saved&) {}, {.priority = 1});
#endif
}
