// SPDX-License-Identifier: BSL-1.0
// expected: assent: completion [arguments]: must be callable with `delivery_result`, or with that and `std::exception_ptr`
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::inline_executor& on, assent::dispatcher<saved>& events) {
#if defined(FIXED)
    static_cast<void>(assent::post(on, events, {1}, [](assent::delivery_result) {}));
#else
    static_cast<void>(assent::post(on, events, {1}, [](int) {}));
#endif
}
