// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_RUN_TRANSACTION_HPP
#define ASSENT_DISPATCH_DETAIL_RUN_TRANSACTION_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/walk.hpp>
#include <assent/dispatch/detail/observation.hpp>
#include <assent/dispatch/detail/transaction.hpp>
#include <assent/dispatch/detail/turns.hpp>
#include <assent/dispatch/outcome.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Runs one change over the parts when it is its turn at all their dispatchers.
/// @param answer  makes the result from the transaction; it must also be one that a verdict converts to
template <class Answer, class Action, class First, class... WantedPart>
auto run_transaction(Answer answer, Action& action, std::chrono::nanoseconds budget, const First& first,
                     const WantedPart&... rest) {
    using transaction_type = transaction<First, WantedPart...>;
    using result_type = std::invoke_result_t<Answer, transaction_type&>;
    record& mine = ready_record(first.in);
    turns<typename First::state_type, typename WantedPart::state_type...> turn(first.in, rest.in...);
    first_exception thrown;
    if (turn.enter() != admission::entered) {
        turn.leave(thrown);
        observe(first.in, {activity_kind::transaction}, [] { return ending::would_deadlock; });
        (observe(rest.in, {activity_kind::transaction}, [] { return ending::would_deadlock; }), ...);
        thrown.rethrow();
        return result_type(verdict::would_deadlock);
    }
    transaction_type t(budget, first, rest...);
    thrown.guard([&] { t.run(mine, action); });
    t.end(mine, thrown);
    turn.leave(thrown);
    t.settle();
    thrown.rethrow();
    return answer(t);
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
