// SPDX-License-Identifier: BSL-1.0
// expected: assent: tracked callable [owner]: its owner must be a std::shared_ptr or std::weak_ptr
#include <assent/assent.hpp>

struct saved {
    int revision;
};

int one = 1;

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on(assent::tracked(std::make_shared<int>(), [](const saved&) {}));
#else
    const auto r = events.on(assent::tracked(one, [](const saved&) {}));
#endif
}
