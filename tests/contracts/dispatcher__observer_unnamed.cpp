// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher [observer]: its policy names another observer, or none; name this one
#include <assent/assent.hpp>

void test(assent::activity_recorder& seen) {
#if defined(FIXED)
    assent::dispatcher<int, assent::observed_by<assent::activity_recorder>> numbers(seen);
#else
    assent::dispatcher<int> numbers(seen);
#endif
}
