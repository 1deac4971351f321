// SPDX-License-Identifier: BSL-1.0
// expected: assent: borrowed object [lifetime]: a temporary is gone before it is called; keep it in a variable that outlives the registration, or register it by value
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

struct participant {
    bool prepare(const change::event_type&) { return true; }
    void commit(const change::event_type&) noexcept {}
    void abort(const change::event_type&) noexcept {}
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    participant p;
    const auto r = changes.on(assent::borrow(p));
#else
    const auto r = changes.on(assent::borrow(participant{}));
#endif
}
