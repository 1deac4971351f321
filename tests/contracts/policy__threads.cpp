// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher policy [threads]: must be `static constexpr assent::threading threads = assent::threading::...;`
#include <assent/assent.hpp>

struct policy : assent::default_policy {
#if defined(FIXED)
    static constexpr assent::threading threads = assent::threading::symmetric;
#else
    static constexpr unsigned threads = 1;
#endif
};

assent::dispatcher<int, policy> numbers;
