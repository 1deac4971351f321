// SPDX-License-Identifier: BSL-1.0
// expected: assent: event [type]: notify takes an event_type of the category, or what converts to it
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    events.notify(saved{1});
#else
    events.notify("saved");
#endif
}
