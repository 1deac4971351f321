// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [noexcept]: began and ended must be noexcept
#include <assent/assent.hpp>

struct counter {
#if defined(FIXED)
    void began(const assent::activity&) noexcept { ++seen; }
#else
    void began(const assent::activity&) { ++seen; }
#endif
    void ended(const assent::activity&, assent::ending) noexcept { ++seen; }
    int seen = 0;
};

struct policy : assent::default_policy {
    using observer = counter;
};

assent::dispatcher<int, policy> numbers;
