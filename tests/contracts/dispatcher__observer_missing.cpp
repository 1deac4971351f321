// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher [observer]: its policy has an observer that must be handed over: dispatcher d(observer)
#include <assent/dispatch/dispatcher.hpp>

struct counter {
    explicit counter(int& to) : seen(&to) {}
    void began(const assent::activity&) noexcept { ++*seen; }
    void ended(const assent::activity&, assent::ending) noexcept {}
    int* seen;
};
struct policy : assent::default_policy {
    using observer = counter;
};

void test([[maybe_unused]] int& seen) {
#if defined(FIXED)
    assent::dispatcher<int, policy> numbers(counter{seen});
#else
    assent::dispatcher<int, policy> numbers;
#endif
}
