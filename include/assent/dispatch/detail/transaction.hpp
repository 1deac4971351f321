// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TRANSACTION_HPP
#define ASSENT_DISPATCH_DETAIL_TRANSACTION_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/record.hpp>
#include <assent/core/status.hpp>
#include <assent/dispatch/detail/course.hpp>
#include <assent/dispatch/detail/observation.hpp>
#include <assent/dispatch/detail/transaction_part.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// One change: asks, acts, tells. It has one part for each dispatcher, and holds their tickets.
template <class... WantedPart> class transaction {
public:
    /// Errors  what making an event throws, std::bad_alloc: nobody was asked.
    transaction(std::chrono::nanoseconds budget, const WantedPart&... parts)
        : parts_(parts...), course_(budget) {}

    /// Asks everybody, acts, tells everybody. An exception of a callback or the action is kept for later.
    /// Errors  std::bad_alloc: nobody was asked.
    template <class Action> void run(record& mine, Action& action) {
        observe_all({activity_kind::transaction}, [&] { run_unseen(mine, action); });
    }

    /// The last step that needs the tickets.
    void end(record& mine, first_exception& thrown) {
        each([](auto& part) { part.end(); });
        thrown.guard([&] { course_.thrown.rethrow(); });
        each([&](auto& part) { part.tell_newcomers(!thrown && course_.agreed(), mine, thrown); });
    }

    /// Without the tickets: returns when nobody uses the events any more.
    void settle() noexcept {
        each([](auto& part) { part.settle(); });
    }

    verdict result() const noexcept { return course_.so_far(); }
    template <std::size_t I> auto& part() noexcept { return std::get<I>(parts_); }

private:
    template <class Action> void run_unseen(record& mine, Action& action) {
        pin_scope pins(mine);
        if (!std::apply([&](auto&... part) { return (part.pin(pins) && ...); }, parts_)) out_of_memory();
        ASSENT_TRY {
            ask(mine);
            if (course_.agreed()) observe_all({activity_kind::action}, [&] { act(action); });
        }
        ASSENT_CATCH_ALL {
            // Not from a callback, those are kept: a status that cannot be copied, or the thread is cancelled.
            course_.call_off(verdict::refused, abort_cause::exception);
            tell_abort(abort_cause::exception, mine);
            ASSENT_RETHROW;
        }
        if (course_.agreed()) {
            tell_commit(mine);
        } else {
            tell_abort(course_.cause(), mine);
        }
    }

    ending how() const noexcept { return course_.thrown ? ending::threw : ending_of(course_.so_far()); }

    /// Does body() in front of the observer of every part.
    template <std::size_t I = 0, class Body> ending observe_all(observed_part what, Body body) {
        if constexpr (I == sizeof...(WantedPart)) {
            body();
        } else {
            observe(part<I>().in(), what, [&] { return observe_all<I + 1>(what, body); });
        }
        return how();
    }

    template <class Call> void each(Call call) {
        std::apply([&](auto&... part) { (call(part), ...); }, parts_);
    }

    /// A part is asked as long as all before it agree.
    void ask(record& mine) {
        std::apply(
            [&](auto&... part) { static_cast<void>(((part.ask(course_, mine), course_.agreed()) && ...)); },
            parts_);
    }

    template <class Action> void act(Action& action) {
        const bool returned = course_.thrown.guard([&] {
            if constexpr (std::is_void_v<std::invoke_result_t<Action&>>) {
                std::invoke(action);
            } else {
                const auto answer = std::invoke(action);
                if (!status_traits<std::remove_const_t<decltype(answer)>>::agrees(answer)) {
                    course_.call_off(verdict::failed, abort_cause::action_failed);
                    each([&](auto& part) { part.failed(answer); });
                    return;
                }
            }
            each([](auto& part) { part.happened(); });
        });
        if (!returned) course_.call_off(verdict::failed, abort_cause::exception);
    }

    void tell_commit(record& mine) {
        each([&](auto& part) { part.tell_commit(mine); });
    }

    /// From the last part to the first; the order inside a part is its rules' matter.
    template <std::size_t I = sizeof...(WantedPart)> void tell_abort(abort_cause cause, record& mine) {
        if constexpr (I > 0) {
            part<I - 1>().tell_abort(cause, mine);
            tell_abort<I - 1>(cause, mine);
        }
    }

    std::tuple<transaction_part<WantedPart>...> parts_;
    course course_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
