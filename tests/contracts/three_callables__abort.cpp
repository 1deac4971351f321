// SPDX-License-Identifier: BSL-1.0
// expected: assent: two-phase participant [abort]: must be noexcept and return void; declare it `void abort(const event_type&) noexcept`, or wrap the callable in assent::no_throw(f)
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
    const auto abort = [](const auto&) {};
    const auto r = changes.on(prepare, commit, abort);
#endif
}
