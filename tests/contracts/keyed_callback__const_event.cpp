// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [const event]: all callbacks share the event
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
    const auto r = readings.on(7, {.priority = 1}, [](const reading::event_type&) {});
#else
    const auto r = readings.on(7, {.priority = 1}, [](reading::event_type&) {});
#endif
}
