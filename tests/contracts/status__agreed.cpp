// SPDX-License-Identifier: BSL-1.0
// expected: assent: status [agreed]: needs `static status_type agreed()`, a value that agrees
#include <assent/assent.hpp>

enum class answer { yes, no };

#if defined(FIXED)
template <> struct assent::status_traits<answer> {
    static bool agrees(const answer& a) noexcept { return a == answer::yes; }
    static answer agreed() { return answer::yes; }
};
#else
template <> struct assent::status_traits<answer> {
    static bool agrees(const answer& a) noexcept { return a == answer::yes; }
};
#endif

struct change {
    using event_type = int;
    using status_type = answer;
};

assent::dispatcher<change> changes;
