// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration_storage [size]: the callable does not fit
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
    long many[8] = {};
    const auto listener = [many](const saved&) { static_cast<void>(many); };
#if defined(FIXED)
    assent::registration_storage_for<decltype(listener)> room;
#else
    assent::registration_storage<> room;
#endif
    const auto r = events.on_in(room, listener);
}
