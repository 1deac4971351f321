// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [ended]: needs `void ended(const assent::activity&, assent::ending) noexcept`, or with a reference to what began returns
#include <assent/assent.hpp>

struct counter {
    int began(const assent::activity&) noexcept { return ++seen; }
#if defined(FIXED)
    void ended(const assent::activity&, assent::ending, int& number) noexcept { seen -= number; }
#else
    void ended(const assent::activity&, assent::ending, int* number) noexcept { seen -= *number; }
#endif
    int seen = 0;
};

struct policy : assent::default_policy {
    using observer = counter;
};

assent::dispatcher<int, policy> numbers;
