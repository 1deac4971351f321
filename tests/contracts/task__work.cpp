// SPDX-License-Identifier: BSL-1.0
// expected: assent: task [work]: must be movable and have run() and discard()
#include <assent/assent.hpp>

void test(assent::manual_executor& on) {
#if defined(FIXED)
    static_cast<void>(on.execute(assent::task::make([] {}, [] {})));
#else
    static_cast<void>(on.execute(assent::task::of([] {})));
#endif
}
