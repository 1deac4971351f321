// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [commit]: must be noexcept and return void; declare it `void commit(const event_type&) noexcept`, or wrap the callable in assent::no_throw(f)
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
    bool prepare(const change::event_type&) { return true; }
    void commit(const change::event_type&) {}
    void abort(const change::event_type&) noexcept {}
#endif
};

void test(assent::dispatcher<change>& changes) { const auto r = changes.on(participant{}); }
