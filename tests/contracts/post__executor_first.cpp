// SPDX-License-Identifier: BSL-1.0
// expected: assent: executor [first]: the executor comes before the dispatcher
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::inline_executor& on, assent::dispatcher<saved>& events) {
#if defined(FIXED)
    static_cast<void>(assent::post(on, events, {1}));
#else
    static_cast<void>(assent::post(events, on, {1}));
#endif
}
