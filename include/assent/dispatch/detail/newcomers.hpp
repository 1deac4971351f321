// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_NEWCOMERS_HPP
#define ASSENT_DISPATCH_DETAIL_NEWCOMERS_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/pinned_walk.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/dispatch/phase.hpp>

#include <atomic>
#include <span>

namespace assent::inline ASSENT_ABI::detail {

/// Those who registered with replay while a change was being prepared hear of it now: if it happened, a prepare
/// and a commit of their own; refusing that cancels the registration, not the change.
template <class C, class State>
void tell_owed(State& s, std::span<channel* const> channels, const event_type_of<C>& event, bool happened,
               record& mine, first_exception& thrown) {
    using status_type = typename C::status_type;
    pin_scope pins(mine);
    pinned_runs runs;
    if (!runs.pin(s, channels, pins)) out_of_memory();
    forward(runs, mine, [&](invoke_function invoke, node* n) {
        auto owed = standing::owed;
        if (!n->stands.compare_exchange_strong(owed, standing::idle, std::memory_order_relaxed) || !happened)
            return true;
        status_type answer = status_traits<status_type>::agreed();
        const phase_call prepare{phase::prepare, &event, &answer, nullptr};
        const bool returned = thrown.guard([&] { invoke(n, &prepare); });
        if (!returned || !status_traits<status_type>::agrees(answer)) {
            removal::detach(*n);
        } else if (n->state.load(std::memory_order_relaxed) == node_state::live) {
            const phase_call commit{phase::commit, &event, nullptr, nullptr};
            invoke(n, &commit);
        } else if (rules_of<C>().withdrawn == withdrawn_participant::aborted) {
            const abort_reason<status_type> reason{abort_cause::withdrawn, nullptr};
            const phase_call abort{phase::abort, &event, nullptr, &reason};
            invoke(n, &abort);
        }
        return true;
    });
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
