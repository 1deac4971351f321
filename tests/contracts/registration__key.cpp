// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [key]: receivers of a keyed category register for one key; pass a key_type first: on(key, callback)
#include <assent/assent.hpp>

struct reading {
    struct event_type {
        int sensor;
    };
    using key_type = int;
    static int key(const event_type& e) { return e.sensor; }
};

void test(assent::dispatcher<reading>& readings) {
#if defined(FIXED)
    const auto r = readings.on(7, [](const auto&) {});
#else
    const auto r = readings.on([](const auto&) {});
#endif
}
