// SPDX-License-Identifier: BSL-1.0
// expected: assent: work [callable]: must be callable without arguments; capture what it needs
#include <assent/assent.hpp>

void test(assent::manual_executor& on) {
#if defined(FIXED)
    static_cast<void>(assent::post_call(on, [] {}));
#else
    static_cast<void>(assent::post_call(on, [](int) {}));
#endif
}
