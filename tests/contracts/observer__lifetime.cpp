// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [lifetime]: a temporary is gone before the dispatcher is; keep it in a variable that outlives the dispatcher
#include <assent/assent.hpp>

void test() {
#if defined(FIXED)
    assent::activity_recorder seen;
    assent::dispatcher<int, assent::observed_by<assent::activity_recorder>> numbers(seen);
#else
    assent::dispatcher<int, assent::observed_by<assent::activity_recorder>> numbers(
        assent::activity_recorder{});
    static_cast<void>(numbers.on([](int) {}));
#endif
}
