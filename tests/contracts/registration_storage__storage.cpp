// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration_storage [storage]: comes first
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    assent::registration_storage<> room;
    const auto r = events.on_in(room, [](const saved&) {});
#else
    char room[64];
    const auto r = events.on_in(room, [](const saved&) {});
#endif
}
