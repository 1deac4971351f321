// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [noexcept]: began and ended must be noexcept
#include <assent/assent.hpp>

struct counter {
    void began(const assent::activity&) noexcept { ++seen; }
#if defined(FIXED)
    void ended(const assent::activity&, assent::ending) noexcept { ++seen; }
#else
    void ended(const assent::activity&, assent::ending) { ++seen; }
#endif
    int seen = 0;
};

struct policy : assent::default_policy {
    using observer = counter;
};

void test(const assent::domain& in) { assent::dispatcher<int, policy> numbers(in); }
