// SPDX-License-Identifier: BSL-1.0
// expected: assent: event category [event_type]: must be an object type without const
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
#else
    using event_type = const int;
#endif
};

assent::dispatcher<change> changes;
