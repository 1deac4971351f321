// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase category [transact]: this category has one phase; give it a status_type so that participants can agree, or use notify(event)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    events.notify({1});
#else
    static_cast<void>(events.transact({1}, [] {}));
#endif
}
