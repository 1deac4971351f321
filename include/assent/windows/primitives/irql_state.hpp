// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_IRQL_STATE_HPP
#define ASSENT_WINDOWS_PRIMITIVES_IRQL_STATE_HPP

#include "../ddk/assent_ddk/irql.h"

namespace assent::windows {

/// What a callback must leave as it found it: the level and the disable counts of its thread.
struct irql_state {
    KIRQL level = PASSIVE_LEVEL;
    LONG critical_regions = 0;
    LONG guarded_regions = 0;

    friend bool operator==(const irql_state&, const irql_state&) = default;
};

namespace detail {
// Hidden: one copy per image is right, since only the image that defines the DDI functions touches it.
[[gnu::visibility("hidden")]] inline thread_local irql_state this_thread_irql;
} // namespace detail

/// The calling thread's own state; a verifier copies it before a callback, compares and restores it after.
inline irql_state& current_irql_state() noexcept { return detail::this_thread_irql; }

} // namespace assent::windows

#endif
