// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [ended]: needs `void ended(const assent::activity&, assent::ending) noexcept`
#include <assent/assent.hpp>

struct counter {
    void began(const assent::activity&) noexcept { ++seen; }
#if defined(FIXED)
    void ended(const assent::activity&, assent::ending) noexcept { ++seen; }
#else
    void ended(const assent::activity&) noexcept { ++seen; }
#endif
    int seen = 0;
};

struct policy : assent::default_policy {
    using observer = counter;
};

assent::dispatcher<int, policy> numbers;
