// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher policy [cycle_in_destructor]: needs `static void cycle_in_destructor(std::string_view, std::string_view) noexcept`
#include <assent/assent.hpp>

#if defined(FIXED)
struct policy : assent::default_policy {};
#else
struct policy {};
#endif

assent::dispatcher<int, policy> numbers;
