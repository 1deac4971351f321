// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [callables]: on_in() takes one callable that on() takes
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    assent::registration_storage<> room;
    const auto r = events.on_in(room, [](const saved&) {});
#else
    assent::registration_storage<> room;
    const auto r = events.on_in(room, [](const char*) {});
#endif
}
