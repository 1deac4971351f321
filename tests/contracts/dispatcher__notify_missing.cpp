// SPDX-License-Identifier: BSL-1.0
// expected: assent: event [missing]: notify takes the event; pass it: notify(event)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    events.notify({1});
#else
    events.notify();
#endif
}
