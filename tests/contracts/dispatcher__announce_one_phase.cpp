// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase category [announce]: this category has one phase; use notify(event)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    events.notify({1});
#else
    events.announce({1});
#endif
}
