// SPDX-License-Identifier: BSL-1.0
// expected: assent: event category [rules]: rules and replay_rules must be `static constexpr assent::transaction_rules`
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
    using status_type = bool;
    static constexpr assent::transaction_rules rules{.order = assent::abort_order::forward};
#else
    using event_type = int;
    using status_type = bool;
    static constexpr auto rules = assent::abort_order::forward;
#endif
};

assent::dispatcher<change> changes;
