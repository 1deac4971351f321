// SPDX-License-Identifier: BSL-1.0
// expected: assent: event category [rules]: rules and replay_rules must be `static constexpr assent::transaction_rules`
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
    using status_type = bool;
    static constexpr assent::transaction_rules replay_rules{};
#else
    using event_type = int;
    using status_type = bool;
    static inline assent::transaction_rules replay_rules{};
#endif
};

assent::dispatcher<change> changes;
