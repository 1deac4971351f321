// SPDX-License-Identifier: BSL-1.0
// expected: assent: manual executor [capacity]: has no options; pass the number
#include <assent/assent.hpp>

void test() {
#if defined(FIXED)
    assent::manual_executor executor(3);
#else
    assent::manual_executor executor({.capacity = 3});
#endif
}
