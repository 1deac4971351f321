// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [phases]: this category has one phase and its callbacks are only told
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const auto&) {});
#else
    const auto r =
        events.on([](const auto&) { return true; }, [](const auto&) noexcept {}, [](const auto&) noexcept {});
#endif
}
