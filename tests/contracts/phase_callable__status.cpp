// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [status]: one callable for all phases must return the status_type of its category
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
    const auto participant = [](const assent::phase_notice<bool>&, const auto&) noexcept {};
    const auto r = changes.on(participant);
#endif
}
