// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_UNREGISTER_ALL_HPP
#define ASSENT_CORE_UNREGISTER_ALL_HPP

#include <assent/config.hpp>
#include <assent/core/detail/group_removal.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/unregister_result.hpp>

#include <algorithm>
#include <span>

namespace assent::inline ASSENT_ABI {

/// Unregisters a group, as unregister() does each: after it returns none of the callbacks is running on another
/// thread or will be called again, unless the result says so. What is destroyed last waits for nobody else.
///
/// Other threads are interrupted once for each dispatcher of a category of one phase, however many of its
/// registrations are in the group.
/// @return  the worst of what was found: done, or what unregister() says of one that was not; empty if the group
///          held nothing.
/// Threads  as unregister(): waits for running invocations of these callbacks only.
/// Cost     O(registrations · (attached threads + dispatchers in the group)); no allocation.
inline unregister_result unregister_all(std::span<registration> group) noexcept {
    auto worst = unregister_result::empty;
    const auto note = [&](unregister_result r) {
        if (r == unregister_result::empty) return;
        worst = worst == unregister_result::empty ? r : std::max(worst, r);
    };
    for (std::size_t i = 0; i < group.size(); ++i) {
        detail::node* const n = detail::registration_access::node_of(group[i]);
        if (n == nullptr) continue;
        detail::registry& in = *n->home->in().owner;
        if (!in.has_phases) {
            detail::group_removal(in, group.subspan(i))();
            note(unregister_result::done);
        }
        // Still there: somebody is inside it, or it is a participant.
        note(group[i].unregister());
    }
    return worst;
}

} // namespace assent::inline ASSENT_ABI

#endif
