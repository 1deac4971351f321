// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase category [post_announcement]: this category has one phase; use post(executor, dispatcher, event)
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::inline_executor& on, assent::dispatcher<saved>& events) {
#if defined(FIXED)
    static_cast<void>(assent::post(on, events, {1}));
#else
    static_cast<void>(assent::post_announcement(on, events, {1}));
#endif
}
