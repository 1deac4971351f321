// SPDX-License-Identifier: BSL-1.0
// expected: assent: task [discard]: a task is also told when it will not be run
#include <assent/assent.hpp>

void test(assent::manual_executor& on) {
#if defined(FIXED)
    static_cast<void>(on.execute(assent::task::make([] {}, [] {})));
#else
    static_cast<void>(on.execute(assent::task::make([] {})));
#endif
}
