// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [kept]: its destructor unregisters; keep it in a variable
// flags: -Werror=unused-result
#include <assent/dispatch/dispatcher.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const saved&) {});
#else
    events.on([](const saved&) {});
#endif
}
