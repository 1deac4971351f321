// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [noexcept]: one callable for all phases also commits; declare it noexcept, or wrap it in assent::no_throw(f)
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    const auto participant = [](const assent::phase_notice<bool>&, const auto&) noexcept { return true; };
    const auto r = changes.on(participant);
#else
    const auto participant = [](const assent::phase_notice<bool>&, const auto&) { return true; };
    const auto r = changes.on(participant);
#endif
}
