// SPDX-License-Identifier: BSL-1.0
// expected: assent: dispatcher policy [cycle_in_destructor]: needs `static void cycle_in_destructor(std::string_view, std::string_view) noexcept`; inherit assent::default_policy and override what you change
#include <assent/assent.hpp>

struct policy : assent::default_policy {
#if defined(FIXED)
    static void cycle_in_destructor(std::string_view, std::string_view) noexcept {}
#else
    static void cycle_in_destructor(std::string_view, std::string_view) {}
#endif
};

assent::dispatcher<int, policy> numbers;
