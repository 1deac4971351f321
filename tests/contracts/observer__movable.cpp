// SPDX-License-Identifier: BSL-1.0
// expected: assent: observer [movable]: it becomes part of the dispatcher; to keep it outside, use the policy assent::observed_by<Observer>
#include <assent/assent.hpp>

#if defined(FIXED)
using policy = assent::observed_by<assent::activity_recorder>;
#else
struct policy : assent::default_policy {
    using observer = assent::activity_recorder;
};
#endif

void test(assent::activity_recorder& seen) { assent::dispatcher<int, policy> numbers(seen); }
