// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [prepare]: needs `status_type prepare(const event_type&)`
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

struct participant {
#if defined(FIXED)
    bool prepare(const change::event_type&) { return true; }
    void commit(const change::event_type&) noexcept {}
    void abort(const change::event_type&) noexcept {}
#else
    void commit(const change::event_type&) noexcept {}
    void abort(const change::event_type&) noexcept {}
#endif
};

void test(assent::dispatcher<change>& changes) { const auto r = changes.on(participant{}); }
