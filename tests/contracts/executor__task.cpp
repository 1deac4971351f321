// SPDX-License-Identifier: BSL-1.0
// expected: assent: executor [task]: execute takes a task; make one with assent::task::make(run, discard)
#include <assent/assent.hpp>

void test(assent::ordered_worker& on) {
#if defined(FIXED)
    static_cast<void>(assent::post_call(on, [] {}));
#else
    static_cast<void>(on.execute([] {}));
#endif
}
