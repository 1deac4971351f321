// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher policy [observer]: needs `using observer = ...;`; inherit assent::default_policy and override what you change
#include <assent/assent.hpp>

#if defined(FIXED)
struct policy : assent::default_policy {
#else
struct policy {
#endif
    static void cycle_in_destructor(std::string_view, std::string_view) noexcept {}
};

assent::dispatcher<int, policy> numbers;
