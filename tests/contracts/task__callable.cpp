// SPDX-License-Identifier: BSL-1.0
// expected: assent: task [callable]: run and discard must be callable without arguments
#include <assent/assent.hpp>

void test(assent::manual_executor& on) {
#if defined(FIXED)
    static_cast<void>(on.execute(assent::task::make([] {}, [] {})));
#else
    static_cast<void>(on.execute(assent::task::make([] {}, [](int) {})));
#endif
}
