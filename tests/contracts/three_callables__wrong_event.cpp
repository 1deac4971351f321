// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [commit]: needs `void commit(const event_type&) noexcept`
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
    const auto commit = [](int) noexcept {};
    const auto abort = [](const auto&) noexcept {};
    const auto r = changes.on(prepare, commit, abort);
#endif
}
