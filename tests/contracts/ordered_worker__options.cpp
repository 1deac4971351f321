// SPDX-License-Identifier: BSL-1.0
// expected: assent: ordered worker [options]: a number does not say what it means; name it
#include <assent/assent.hpp>

void test() {
#if defined(FIXED)
    assent::ordered_worker worker({.capacity = 16});
#else
    assent::ordered_worker worker(16);
#endif
}
