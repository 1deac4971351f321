// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [storable]: it is copied or moved into the registration
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

struct participant {
    participant() = default;
    participant(const participant&) = delete;
    bool prepare(const change::event_type&) { return true; }
    void commit(const change::event_type&) noexcept {}
    void abort(const change::event_type&) noexcept {}
};

void test(assent::dispatcher<change>& changes, participant& p) {
#if defined(FIXED)
    const auto r = changes.on(assent::borrow(p));
#else
    const auto r = changes.on(p);
#endif
}
