// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [phases]: one callable that takes the event can neither agree nor refuse
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
#if defined(FIXED)
    const auto prepare = [](const auto&) { return true; };
    const auto commit = [](const auto&) noexcept {};
    const auto abort = [](const auto&) noexcept {};
    const auto r = changes.on(prepare, commit, abort);
#else
    const auto participant = [](const change::event_type&) noexcept {};
    const auto r = changes.on(participant);
#endif
}
