// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [callables]: give on() one callable, or in a two-phase category one participant or the three callables prepare, commit, abort
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
    const auto prepare = [](const auto&) { return true; };
    const auto commit = [](const auto&) noexcept {};
    const auto r = changes.on(prepare, commit);
#endif
}
