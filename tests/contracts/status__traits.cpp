// SPDX-License-Identifier: BSL-1.0
// expected: assent: status [status_traits]: which values agree is not known; specialise assent::status_traits<status_type> with agrees and agreed
#include <assent/assent.hpp>

enum class answer { yes, no };

#if defined(FIXED)
template <> struct assent::status_traits<answer> {
    static bool agrees(const answer& a) noexcept { return a == answer::yes; }
    static answer agreed() { return answer::yes; }
};
#else
// nobody says what agrees
#endif

struct change {
    using event_type = int;
    using status_type = answer;
};

assent::dispatcher<change> changes;
