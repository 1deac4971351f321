// SPDX-License-Identifier: BSL-1.0
// expected: assent: status [agrees]: needs `static bool agrees(const status_type&) noexcept` in assent::status_traits<status_type>
#include <assent/assent.hpp>

enum class answer { yes, no };

#if defined(FIXED)
template <> struct assent::status_traits<answer> {
    static bool agrees(const answer& a) noexcept { return a == answer::yes; }
    static answer agreed() { return answer::yes; }
};
#else
template <> struct assent::status_traits<answer> {
    static answer agreed() { return answer::yes; }
};
#endif

struct change {
    using event_type = int;
    using status_type = answer;
};

assent::dispatcher<change> changes;
