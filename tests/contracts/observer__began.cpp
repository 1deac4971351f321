// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [began]: needs `void began(const assent::activity&) noexcept`
#include <assent/assent.hpp>

struct counter {
#if defined(FIXED)
    void began(const assent::activity&) noexcept { ++seen; }
#endif
    void ended(const assent::activity&, assent::ending) noexcept { ++seen; }
    int seen = 0;
};

void test(counter& c) { assent::dispatcher<int, assent::observed_by<counter>> numbers(c); }
