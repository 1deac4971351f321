// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_JOINT_TRANSACTION_HPP
#define ASSENT_DISPATCH_JOINT_TRANSACTION_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/change_action.hpp>
#include <assent/dispatch/detail/dispatcher_access.hpp>
#include <assent/dispatch/detail/enrolment.hpp>
#include <assent/dispatch/detail/misused_joint.hpp>
#include <assent/dispatch/detail/run_transaction.hpp>
#include <assent/dispatch/detail/transaction_part.hpp>
#include <assent/dispatch/detail/transaction_source.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/dispatch/joint_outcome.hpp>
#include <assent/dispatch/transact_options.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

namespace detail {
template <class Wanted, class C, class Policy>
auto make_part(dispatcher<C, Policy>& in, Wanted what, const transaction_rules& rules) {
    return wanted_part<C, Policy, Wanted>{dispatcher_access::state_of(in), what, rules};
}
} // namespace detail

/// What a transaction over several dispatchers consists of: made by part(), part_keys(), arrival() and removal().
template <class P>
concept transaction_part = detail::is_part<P>::value;

/// The participants of one dispatcher and the event they are asked about. Refers to both: to be used in the
/// expression that makes it.
/// @param rules  in place of the category's; they hold among the participants of this part.
template <two_phase C, class Policy>
[[nodiscard]] auto part(dispatcher<C, Policy>& in, const event_type_of<C>& event,
                        const transaction_rules& rules = rules_of<C>()) {
    return detail::make_part(in, detail::given_event<C>(event), rules);
}
/// The same for an event that concerns several keys, as in dispatcher::transact_keys().
template <two_phase C, class Policy>
    requires keyed<C>
[[nodiscard]] auto part_keys(dispatcher<C, Policy>& in, std::span<const detail::key_type_of<C>> keys,
                             const event_type_of<C>& event, const transaction_rules& rules = rules_of<C>()) {
    return detail::make_part(in, detail::event_of_keys<C, detail::key_type_of<C>>(keys, event), rules);
}
/// An instance that comes to exist when the action succeeds.
/// @param instance  the instance, or a callable that makes one when it is the transaction's turn.
template <two_phase C, class Policy, class Instance>
    requires replaying<C> && detail::instance_source<Instance, C>
[[nodiscard]] auto arrival(dispatcher<C, Policy>& in, const Instance& instance,
                           const transaction_rules& rules = rules_of<C>()) {
    return detail::make_part(in, detail::instance_wanted<C, Instance>{instance, true}, rules);
}
/// An instance that is gone when the action succeeds.
template <two_phase C, class Policy, class Instance>
    requires replaying<C> && detail::instance_source<Instance, C>
[[nodiscard]] auto removal(dispatcher<C, Policy>& in, const Instance& instance,
                           const transaction_rules& rules = rules_of<C>()) {
    return detail::make_part(in, detail::instance_wanted<C, Instance>{instance, false}, rules);
}

/// One change that concerns the participants of several dispatchers, like a unit of processors and memory that
/// goes in or stays out as a whole: everybody prepares, then the one action, then everybody commits; or everybody
/// who prepared aborts.
///
///   const auto done = assent::transact([&] { unit.connect(); }, assent::part(processors, {4}),
///                                      assent::arrival(memory, module));
///
/// Parts are asked and told to commit in the order given, and told to abort in the reverse order; inside a part
/// its rules decide. A part is asked as long as all before it agree. A refusal reaches the other parts as
/// abort_cause::refused without a status.
///
/// Errors   an exception of a prepare is a refusal, one of the action a failure; it is thrown after every abort
///          has run. std::bad_alloc, and what making an instance throws, before anybody was asked.
/// Threads  waits for its turn at each dispatcher; two transactions over the same ones pass one after the other,
///          in whatever order they name them. Refused with verdict::would_deadlock, and nobody was asked: from
///          inside a callback of one of them, where waiting would close a cycle, with a dispatcher named twice (it
///          would wait for itself), and over dispatchers of different domains (a cycle could not be seen).
/// Cost     O(participants).
template <change_action Action, transaction_part... Part>
    requires(sizeof...(Part) > 0)
auto transact(Action&& action, const joint_options& options, const Part&... parts) {
    const auto answer = [](auto& t) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            std::size_t refusing = 0;
            static_cast<void>(((t.template part<I>().refused() || (++refusing, false)) || ...));
            return joint_outcome<typename Part::category::status_type...>(
                t.result(), refusing, std::move(t.template part<I>().result(t.result()))...);
        }
        (std::index_sequence_for<Part...>());
    };
    return detail::run_transaction(answer, action, options.budget, parts...);
}
template <change_action Action, transaction_part... Part>
    requires(sizeof...(Part) > 0)
auto transact(Action&& action, const Part&... parts) {
    return assent::transact(std::forward<Action>(action), joint_options(), parts...);
}

} // namespace assent::inline ASSENT_ABI

#endif
