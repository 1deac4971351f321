// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_REPLAY_HPP
#define ASSENT_DISPATCH_DETAIL_REPLAY_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/node.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <atomic>
#include <cstddef>
#include <vector>

namespace assent::inline ASSENT_ABI::detail {

/// Tells one newcomer what exists. Runs under the ticket, with a frame that shows the newcomer's entry.
template <class C> class replay {
public:
    using instance_type = typename C::instance_type;

    /// `concerns(event)` says whether the newcomer is registered for it.
    template <class Concerns>
    replay(node& newcomer, const std::vector<instance_type>& existing, Concerns concerns) : node_(newcomer) {
        for (const instance_type& i : existing) {
            event_type_of<C> event = C::arrival(i);
            if (concerns(event)) events_.push_back(std::move(event));
        }
    }

    /// One-phase: every event, also after one of the calls threw.
    void tell(first_exception& thrown) {
        for (const auto& event : events_) {
            if (!wanted()) return;
            thrown.guard([&] { node_.does().invoke(&node_, &event); });
        }
    }

    /// Two-phase: prepare for all, then commit for all; or after a refusal abort for those prepared.
    auto ask(first_exception& thrown) {
        using status_type = typename C::status_type;
        using result_type = outcome<status_type>;
        using traits = status_traits<status_type>;
        constexpr transaction_rules rules = replay_rules_of<C>();
        for (std::size_t i = 0; i < events_.size(); ++i) {
            status_type answer = traits::agreed();
            const phase_call call{phase::prepare, &events_[i], &answer, nullptr};
            const bool returned = thrown.guard([&] { node_.does().invoke(&node_, &call); });
            if (returned && traits::agrees(answer) && wanted()) continue;
            if (returned && traits::agrees(answer)) { // withdrawn meanwhile
                if (rules.withdrawn == withdrawn_participant::aborted)
                    abort(i + 1, abort_reason<status_type>{abort_cause::withdrawn, nullptr}, rules);
                return result_type(verdict::refused);
            }
            const bool also_refuser = rules.audience != abort_audience::prepared;
            abort(also_refuser ? i + 1 : i,
                  abort_reason<status_type>{returned ? abort_cause::refused : abort_cause::exception,
                                            returned ? &answer : nullptr},
                  rules);
            return returned ? result_type(verdict::refused, answer) : result_type(verdict::refused);
        }
        for (std::size_t i = 0; i < events_.size(); ++i) {
            if (!wanted()) {
                // Unregistered between its commits: it was prepared for the rest.
                if (rules.withdrawn == withdrawn_participant::aborted)
                    abort_range(i, events_.size(), abort_reason<status_type>{abort_cause::withdrawn, nullptr},
                                rules);
                return result_type(verdict::refused);
            }
            const phase_call call{phase::commit, &events_[i], nullptr, nullptr};
            node_.does().invoke(&node_, &call);
        }
        return result_type(verdict::committed);
    }

private:
    /// Unregistered in the meantime, by itself or by another thread, it is called no more.
    bool wanted() const noexcept { return node_.state.load(std::memory_order_relaxed) == node_state::live; }

    template <class Reason>
    void abort(std::size_t count, const Reason& reason, const transaction_rules& rules) {
        abort_range(0, count, reason, rules);
    }

    template <class Reason>
    void abort_range(std::size_t from, std::size_t to, const Reason& reason, const transaction_rules& rules) {
        for (std::size_t k = from; k < to; ++k) {
            const std::size_t i = rules.order == abort_order::forward ? k : from + to - 1 - k;
            const phase_call call{phase::abort, &events_[i], nullptr, &reason};
            node_.does().invoke(&node_, &call);
        }
    }

    node& node_;
    std::vector<event_type_of<C>> events_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
