// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [commit]: must be noexcept and return void
#include <assent/assent.hpp>

struct change {
    struct event_type {};
    using status_type = bool;
};

void test(assent::dispatcher<change>& changes) {
    const auto prepare = [](const auto&) { return true; };
#if defined(FIXED)
    const auto commit = [](const auto&) noexcept {};
#else
    const auto commit = [](const auto&) {};
#endif
    const auto abort = [](const auto&) noexcept {};
    const auto r = changes.on({.priority = 1}, prepare, commit, abort);
}
